/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsmask.h"

#include <errno.h>
#include <sys/random.h>

#include "common/check.h"

enum { MASKED = 0x80, HEAD_MOST = WS_HEAD_MOST + WSMASK_BYTES };

static void restock(struct wsmasks *masks)
{
    while (masks->left < sizeof(masks->stock)) {
        ssize_t got = getrandom(masks->stock + masks->left, sizeof(masks->stock) - masks->left, 0);
        CHECK(got > 0 || errno == EINTR);
        if (got > 0)
            masks->left += (size_t)got;
    }
}

static void next_mask(struct wsmasks *masks, char mask[WSMASK_BYTES])
{
    if (masks->left < WSMASK_BYTES)
        restock(masks);
    masks->left -= WSMASK_BYTES;
    memcpy(mask, masks->stock + masks->left, WSMASK_BYTES);
}

/* Returns: the length of the head, mask included. */
static size_t put_head(char head[HEAD_MOST], enum ws_opcode opcode, bool is_final, uint64_t len,
                       const char mask[WSMASK_BYTES])
{
    size_t head_len = ws_head(head, opcode, len);
    if (!is_final)
        head[0] = (char)opcode;
    head[1] = (char)(head[1] | MASKED);
    memcpy(head + head_len, mask, WSMASK_BYTES);
    return head_len + WSMASK_BYTES;
}

/* Copies `len` bytes of a payload under `mask`, eight at a time. */
static void copy_masked(char *to, const char *from, size_t len, const char mask[WSMASK_BYTES])
{
    uint64_t wide;
    memcpy(&wide, mask, WSMASK_BYTES);
    memcpy((char *)&wide + WSMASK_BYTES, mask, WSMASK_BYTES);
    size_t i = 0;
    for (; i + sizeof(wide) <= len; i += sizeof(wide)) {
        uint64_t bytes;
        memcpy(&bytes, from + i, sizeof(bytes));
        bytes ^= wide;
        memcpy(to + i, &bytes, sizeof(bytes));
    }
    for (; i < len; i++)
        to[i] = (char)(from[i] ^ mask[i % WSMASK_BYTES]);
}

/* The mask as it goes on behind `len` bytes. */
static void turn_mask(char mask[WSMASK_BYTES], size_t len)
{
    char old[WSMASK_BYTES];
    memcpy(old, mask, WSMASK_BYTES);
    for (size_t i = 0; i < WSMASK_BYTES; i++)
        mask[i] = old[(i + len) % WSMASK_BYTES];
}

void wsmask_frame(struct wsmasks *masks, struct sendq *out, enum ws_opcode opcode, bool is_final,
                  struct span payload)
{
    char mask[WSMASK_BYTES], head[HEAD_MOST];
    next_mask(masks, mask);
    sendq_append(out, span(head, put_head(head, opcode, is_final, payload.len, mask)));
    while (payload.len) {
        size_t room;
        char *to = sendq_reserve(out, &room);
        size_t len = payload.len < room ? payload.len : room;
        copy_masked(to, payload.at, len, mask);
        sendq_extend(out, len);
        turn_mask(mask, len);
        payload = span_skip(payload, len);
    }
}
