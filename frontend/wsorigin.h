/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The side of a WebSocket that faces the origin, of two kinds: requests over
 * HTTP (woh.h), or a WebSocket of its own (wsdirect.h).
 *
 *     websocket ── event(), refresh(), drained(), leave() ──► wsorigin
 *               ◄── websocket_accept(), _say(), _close_by_origin(), _fail() ──
 *
 * The client's side may go first: an origin's side whose client is NULL tells
 * the origin what is left to tell, and frees itself.
 *
 * After any of those calls the client may be gone: `client` says so.
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_WSORIGIN_H
#define FRONTEND_WSORIGIN_H

#include <stddef.h>

#include "common/span.h"
#include "common/wsevents.h"

struct websocket;
struct wsorigin;

struct wsorigin_kind {
    /* The client sent a whole message, a ping, a pong or (content: its payload) a close frame. */
    void (*event)(struct wsorigin *origin, enum wsevent_kind kind, struct span content);
    /* Somebody wants the origin asked at once. */
    void (*refresh)(struct wsorigin *origin);
    /* Sets metadata; false where there is no room or no use for it. */
    bool (*set_meta)(struct wsorigin *origin, struct span name, struct span value);
    /* All that was queued for the client has left. */
    void (*drained)(struct wsorigin *origin);
    /* The client's side is gone, or wants to hear no more. */
    void (*leave)(struct wsorigin *origin);
    /* What the client said and the origin has not taken is to be dropped; leave() follows. */
    void (*forget)(struct wsorigin *origin);
    /* Bytes from the client that the origin has not taken yet. */
    size_t (*queued)(struct wsorigin *origin);
};

struct wsorigin {
    const struct wsorigin_kind *kind;
    struct websocket *client; /* NULL behind leave() */
    size_t charge;            /* queued(), as wsbudget.h last counted it */
};

#endif
