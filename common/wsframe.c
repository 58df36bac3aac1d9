/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wsframe.h"

#include <endian.h>
#include <string.h>

#include "common/check.h"

#define FIN 0x80
#define LEN_16 126
#define LEN_64 127

/* Bytes of a close code. */
#define CODE_LEN 2

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
    out[0] = (char)(FIN | (unsigned)opcode);
    if (len < LEN_16) {
        out[1] = (char)len;
        return 2;
    }
    if (len <= UINT16_MAX) {
        uint16_t wide = htobe16((uint16_t)len);
        out[1] = LEN_16;
        memcpy(out + 2, &wide, sizeof(wide));
        return 4;
    }
    uint64_t wide = htobe64(len);
    out[1] = LEN_64;
    memcpy(out + 2, &wide, sizeof(wide));
    return WS_HEAD_MOST;
}

bool ws_close_code_is_sound(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

/* Without the character that a cut at `most` would split. */
static size_t whole_characters(struct span text, size_t most)
{
    if (text.len <= most)
        return text.len;
    while (most && ((unsigned char)text.at[most] & 0xc0) == 0x80)
        most--;
    return most;
}

size_t ws_close_payload(char out[WS_CONTROL_MOST], unsigned code, struct span reason)
{
    if (code == WS_CLOSE_NONE)
        return 0;
    CHECK(code <= UINT16_MAX);
    uint16_t wide = htobe16((uint16_t)code);
    memcpy(out, &wide, CODE_LEN);
    size_t len = whole_characters(reason, WS_CONTROL_MOST - CODE_LEN);
    if (len)
        memcpy(out + CODE_LEN, reason.at, len);
    return CODE_LEN + len;
}
