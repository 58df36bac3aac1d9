/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket's bytes read frame by frame, strictly.
 *
 *     bytes as they come ─► wsreader_next() ─► data    a piece of a message, unmasked in place
 *                                         ├─► ping, pong, close   whole payloads
 *                                         └─► fault   the close code that says what was wrong
 *
 * Nothing is buffered but the head of a frame and a control payload that was
 * split: an idle reader is a few words. Text is checked for UTF-8 as it
 * arrives, across pieces and fragments, so a bad byte is answered at once.
 *
 * Thread: its frontend's.
 * Life:   `= {0}`, then wsreader_done().
 * Spec:   RFC 6455 5; docs/decisions/0007.
 */
#ifndef FRONTEND_WSREADER_H
#define FRONTEND_WSREADER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/utf8.h"
#include "common/wsframe.h"

/* Who speaks: clients must mask what they send, servers must not. */
enum ws_speaker { WS_CLIENT, WS_SERVER };

enum wsread { WSREAD_MORE, WSREAD_DATA, WSREAD_PING, WSREAD_PONG, WSREAD_CLOSE, WSREAD_FAULT };

struct wsread_item {
    bool is_text;      /* data: of a text message, else of a binary one */
    bool is_first;     /* data: the piece begins a message */
    bool is_last;      /* data: the piece ends it */
    struct span bytes; /* data: a piece, possibly empty; ping, pong: the payload; close: the reason;
                        * fault: what was wrong, a static sentence */
    unsigned code;     /* close: the code, WS_CLOSE_NONE for none; fault: the code to close with */
};

/* Embedded; its fields are its own business. */
struct wsreader {
    uint64_t left;                  /* bytes of the frame's payload that have not come */
    uint64_t message;               /* bytes of the message so far, this frame's included */
    char *control;                  /* owned: a ping, pong or close that was split; or NULL */
    uint8_t mask[4];                /* turned, so that mask[0] is for the next byte */
    struct utf8 utf8;               /* of the text message under way */
    uint8_t head[WS_HEAD_MOST + 4]; /* of a frame, as far as it has come */
    uint8_t head_len;
    uint8_t control_len;  /* bytes of `control` */
    uint8_t opcode;       /* of the frame */
    bool is_in_frame : 1; /* its head was read */
    bool is_final : 1;    /* the frame ends its message */
    bool is_fragment : 1; /* a message is under way: a continuation must follow */
    bool is_begun : 1;    /* of the message under way a piece was handed out */
    bool is_text : 1;     /* the message under way */
    bool is_done : 1;     /* a close or a fault: nothing more is read */
};

/* Reads the next item from `*bytes` (`*len` of them), which are changed in place, and moves both
 * behind what was read. A message, fragments together, may have `most` bytes: the head of a frame
 * that leads beyond is a fault (1009) at once. After a fault or a close nothing more is read.
 * Borrows: item->bytes points into `*bytes`, or into the reader until the next call.
 * Returns: WSREAD_MORE where all was read and nothing came of it. */
enum wsread wsreader_next(struct wsreader *reader, struct wsread_item *item,
                          enum ws_speaker speaker, uint64_t most, char **bytes, size_t *len);

/* Frees what a split control frame left behind. */
void wsreader_done(struct wsreader *reader);

#endif
