/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRIP on a WebSocket: which of an origin's messages are for the client, and
 * which for us.
 *
 *     c:{"type":"subscribe","channel":"room"}   done here
 *     m:hello                                   "hello" to the client
 *     hello                                     nobody's: dropped
 *
 * Without the extension "grip" in the origin's answer every message is the
 * client's.
 *
 * Thread: its frontend's.
 * Life:   embedded in struct websocket, `= {0}`, then wsgrip_done().
 * Spec:   GRIP 5.2, 5.10.
 */
#ifndef FRONTEND_WSGRIP_H
#define FRONTEND_WSGRIP_H

#include <stdbool.h>

#include "common/answer.h"
#include "common/wsevents.h"

struct delayed;
struct websocket;

struct wsgrip {
    const char *prefix;      /* "m:" or as told; NULL where GRIP is not spoken */
    char *own_prefix;        /* owned: what `prefix` is where it is neither "m:" nor empty */
    struct delayed *delayed; /* owned: a message that waits, or NULL */
};

/* Reads from the origin's answer to the handshake whether it speaks GRIP. */
void wsgrip_begin(struct websocket *ws, const struct answer *answer);

/* A text or binary message of the origin. `is_whole`: it came in one frame. */
void wsgrip_message(struct websocket *ws, enum wsevent_kind kind, struct span content,
                    bool is_whole);

void wsgrip_done(struct websocket *ws);

#endif
