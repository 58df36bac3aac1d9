/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wsframe.h"

#include <endian.h>

#include "common/utf8.h"

#define FIN 0x80

/* What stands in place of a length to say that 2 or 8 bytes hold it. */
#define LEN_IN_16 126
#define LEN_IN_64 127

#define CODE_LEN sizeof(uint16_t)

enum ws_opcode ws_opcode_of(enum ws_type type)
{
    static const enum ws_opcode opcodes[] = {
        [WS_TEXT] = WS_OP_TEXT,
        [WS_BINARY] = WS_OP_BINARY,
        [WS_PING] = WS_OP_PING,
        [WS_PONG] = WS_OP_PONG,
    };
    return opcodes[type];
}

size_t ws_head(char out[WS_HEAD_MOST], enum ws_opcode opcode, uint64_t len)
{
    out[0] = (char)(FIN | opcode);
    if (len < LEN_IN_16) {
        out[1] = (char)len;
        return 2;
    }
    if (len <= UINT16_MAX) {
        uint16_t wide = htobe16((uint16_t)len);
        out[1] = LEN_IN_16;
        memcpy(out + 2, &wide, sizeof(wide));
        return 2 + sizeof(wide);
    }
    uint64_t wide = htobe64(len);
    out[1] = LEN_IN_64;
    memcpy(out + 2, &wide, sizeof(wide));
    return 2 + sizeof(wide);
}

void ws_frame(struct buf *out, enum ws_opcode opcode, struct span content)
{
    char head[WS_HEAD_MOST];
    size_t head_len = ws_head(head, opcode, content.len);
    buf_append(out, span(head, head_len));
    buf_append(out, content);
}

uint32_t ws_mask(char *to, const char *from, size_t len, uint32_t mask)
{
    uint64_t twice = (uint64_t)mask << 32 | mask;
    uint64_t wide = htobe64(twice), word;
    size_t at = 0;
    for (; at + sizeof(word) <= len; at += sizeof(word)) { /* eight bytes at a time */
        memcpy(&word, from + at, sizeof(word));
        word ^= wide;
        memcpy(to + at, &word, sizeof(word));
    }
    for (size_t i = 0; at + i < len; i++)
        to[at + i] = (char)(from[at + i] ^ (char)(twice >> (56 - 8 * i)));
    return (uint32_t)(twice >> (32 - 8 * (len % sizeof(mask))));
}

bool ws_close_code_is_sound(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

size_t ws_close_payload(char out[WS_CONTROL_MOST], unsigned code, struct span reason)
{
    if (!ws_close_code_is_sound(code))
        return 0;
    if (reason.len > WS_REASON_MOST)
        reason.len = WS_REASON_MOST;
    while (!utf8_is_sound(reason))
        reason.len--;
    uint16_t wide = htobe16((uint16_t)code);
    memcpy(out, &wide, CODE_LEN);
    if (reason.len)
        memcpy(out + CODE_LEN, reason.at, reason.len);
    return CODE_LEN + reason.len;
}
