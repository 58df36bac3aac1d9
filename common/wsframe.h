/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of RFC 6455 that both sides of a WebSocket share: opcodes, close
 * codes, and the head of a frame.
 *
 *     81 05 "hello"        FIN + text, 5 bytes: what a server sends
 *     88 04 03 e8 "ok"     close, code 1000, reason "ok"
 *
 * Thread: any.
 * Spec:   RFC 6455 5.2, 5.5, 7.4.
 */
#ifndef COMMON_WSFRAME_H
#define COMMON_WSFRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/item.h"
#include "common/span.h"

enum ws_opcode {
    WS_OP_CONTINUATION = 0x0,
    WS_OP_TEXT = 0x1,
    WS_OP_BINARY = 0x2,
    WS_OP_CLOSE = 0x8,
    WS_OP_PING = 0x9,
    WS_OP_PONG = 0xa,
};

enum ws_close_code {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL_ERROR = 1002,
    WS_CLOSE_NONE = 1005, /* stands for a close frame without a code; never sent */
    WS_CLOSE_NOT_UTF8 = 1007,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_ORIGIN_FAILED = 1011,
    WS_CLOSE_TRY_LATER = 1013,
};

enum {
    WS_HEAD_MOST = 10,     /* bytes of the longest head without a mask */
    WS_CONTROL_MOST = 125, /* bytes of payload in a ping, pong or close */
    WS_REASON_MOST = 123,  /* bytes of text behind the code in a close */
};

/* The opcode of a publication. */
enum ws_opcode ws_opcode_of(enum ws_type type);

/* Writes the head of a final, unmasked frame. Returns: its length. */
size_t ws_head(char out[WS_HEAD_MOST], enum ws_opcode opcode, uint64_t len);

/* Appends a final, unmasked frame. */
void ws_frame(struct buf *out, enum ws_opcode opcode, struct span content);

/* Copies `len` bytes under `mask`, whose top byte is for the first of them; `to` may be `from`.
 * Returns: the mask for what follows. */
uint32_t ws_mask(char *to, const char *from, size_t len, uint32_t mask);

/* Whether a peer may put `code` into a close frame: 1000-1003, 1007-1014, 3000-4999. */
bool ws_close_code_is_sound(unsigned code);

/* Writes the payload of a close frame: nothing for a code that is not sound, such as WS_CLOSE_NONE.
 * Of the reason goes out as much as fits, is UTF-8 and ends between two characters.
 * Returns: its length. */
size_t ws_close_payload(char out[WS_CONTROL_MOST], unsigned code, struct span reason);

#endif
