/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsmask.h"

#include <endian.h>
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

static uint32_t next_mask(struct wsmasks *masks)
{
    uint32_t mask;
    if (masks->left < sizeof(mask))
        restock(masks);
    masks->left -= sizeof(mask);
    memcpy(&mask, masks->stock + masks->left, sizeof(mask));
    return mask;
}

/* Returns: the length of the head, mask included. */
static size_t put_head(char head[HEAD_MOST], enum ws_opcode opcode, bool is_final, uint64_t len,
                       uint32_t mask)
{
    size_t head_len = ws_head(head, opcode, len);
    if (!is_final)
        head[0] = (char)opcode;
    head[1] = (char)(head[1] | MASKED);
    uint32_t on_wire = htobe32(mask);
    memcpy(head + head_len, &on_wire, sizeof(on_wire));
    return head_len + sizeof(on_wire);
}

void wsmask_frame(struct wsmasks *masks, struct sendq *out, enum ws_opcode opcode, bool is_final,
                  struct span payload)
{
    char head[HEAD_MOST];
    uint32_t mask = next_mask(masks);
    sendq_append(out, span(head, put_head(head, opcode, is_final, payload.len, mask)));
    while (payload.len) {
        size_t room;
        char *to = sendq_reserve(out, &room);
        size_t len = payload.len < room ? payload.len : room;
        mask = ws_mask(to, payload.at, len, mask);
        sendq_extend(out, len);
        payload = span_skip(payload, len);
    }
}
