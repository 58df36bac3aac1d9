/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket's bytes read frame by frame, strictly.
 *
 *     bytes as they come ─► wsreader_next() ─► data    a piece of a message, unmasked in place
 *                                         ├─► ping, pong, close   whole payloads
 *                                         └─► fault   the close code that says what was wrong
 *
 * Nothing is buffered but a control payload that was split: an idle reader is a
 * few words. Text is checked for UTF-8 as it arrives, across pieces and
 * fragments, so a bad byte is answered at once.
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
    bool is_fragmented; /* data, where is_last: the message came in more than one frame */
    unsigned code;      /* close: the code, WS_CLOSE_NONE for none; fault: the code to close with */
};

/* Its fields are its own business. */
struct wsreader {
    uint64_t number;      /* of a head, as far as it came */
    uint64_t left;        /* bytes of the frame's payload still to come */
    uint64_t message_len; /* bytes of the message that the heads so far announced */
    char *control;        /* owned: the beginning of a split control payload, else NULL */
    uint32_t mask;        /* its top byte is for the next byte of the payload */
    struct utf8 text;
    uint8_t step; /* enum step: which part of a frame comes next */
    uint8_t got;  /* bytes in `number`, or in `control` */
    uint8_t opcode;
    bool is_final;   /* the frame: no fragment follows */
    bool is_open;    /* the message: more of it is to come */
    bool is_started; /* the message: a piece of it was given */
    bool is_text;    /* the message */
};

/* Reads the next item from `*bytes` (`*len` of them), which are changed in place, and moves both
 * behind what was read. A message, fragments together, may have `most` bytes: the head of a frame
 * that leads beyond is a fault (1009) at once. What comes after a fault or a close is dropped;
 * of a message that a fault cut off, pieces may have been given.
 * Borrows: item->bytes points into `*bytes`, or into the reader until the next call.
 * Returns: WSREAD_MORE where all was read and nothing came of it. */
enum wsread wsreader_next(struct wsreader *reader, struct wsread_item *item,
                          enum ws_speaker speaker, uint64_t most, char **bytes, size_t *len);

/* Frees what a split control frame left behind. */
void wsreader_done(struct wsreader *reader);

#endif
