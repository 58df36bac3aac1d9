/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hold kind: a WebSocket, the side that faces the client.
 *
 *     OPENING ─ accept ─► OPEN ─ client's close ─► ANSWERING ─ origin's ─► gone
 *        │ reject          ├──── origin's, publisher's close ─► CLOSING ─► gone
 *        ▼                 └──── broken frame, failed origin ─► FAILED ─► gone
 *       gone
 *
 * The connection leaves h2o before its origin is asked; from then on every
 * byte to the client is ours. An idle one is this struct, the request that is
 * repeated to the origin (kept.h), and what the origin's side needs.
 *
 * Thread: its frontend's.
 * Life:   as any hold's (hold.h); `origin` may outlive it.
 * Spec:   GRIP 5; RFC 6455; docs/decisions/0010.
 */
#ifndef FRONTEND_WEBSOCKET_H
#define FRONTEND_WEBSOCKET_H

#include <stdbool.h>

#include <h2o.h>

#include "common/answer.h"
#include "common/reason.h"
#include "common/route.h"
#include "common/wsevents.h"
#include "common/wsframe.h"
#include "frontend/forward.h"
#include "frontend/hold.h"
#include "frontend/wsgrip.h"
#include "frontend/wsorigin.h"
#include "frontend/wsreader.h"

struct parts;

enum ws_state {
    WS_OPENING, /* the origin has not decided */
    WS_OPEN,
    WS_ANSWERING, /* the client closed; the origin's word on it is awaited */
    WS_CLOSING,   /* we sent a close frame; the client's is awaited */
    WS_FAILED,    /* we sent a close frame; the client's end is awaited, what it says is waste */
};

struct websocket {
    struct hold hold;
    struct parts *parts;
    const struct route *route;
    struct wsorigin *origin; /* NULL once it has nothing to do with us any more */
    struct wsreader reader;
    struct buf *message; /* owned: the first fragments of a message, or NULL */
    struct wsgrip grip;
    uint16_t said;          /* the code of the client's close frame */
    uint32_t quiet_until_s; /* until then its messages are no further activity */
    size_t charge;          /* bytes of `message`, as wsbudget.h counts them */
    enum ws_state state;
};

/* Bytes of one, for the slab that parts->websockets is. */
size_t websocket_size(void);

/* Returns: the WebSocket that `hold` is, NULL for other kinds. */
struct websocket *websocket_of(struct hold *hold);

/* Takes the connection of `request`, a sound handshake, away from h2o and puts it to the origin.
 * `request_len` is how many bytes the request takes at the front of h2o's input.
 * Returns: REASON_NONE, or why it could not be; the request is then still h2o's. */
MUST_USE enum reason websocket_begin(struct parts *parts, h2o_req_t *request,
                                     const struct route *route, const struct destination *to,
                                     size_t request_len);

/* Lets the origin be asked at once, where it has accepted. */
void websocket_refresh(struct hold *hold);

/* ---- for the origin's side ---- */

/* The origin accepts: 101 with what of its `answer` is for the client, and what proves that its
 * Sec-WebSocket-Key `key` was read. */
void websocket_accept(struct websocket *ws, const struct answer *answer, struct span key);

/* It does not: `answer` is the client's. */
void websocket_reject(struct websocket *ws, const struct answer *answer);

/* A message of the origin, a ping or a pong; `is_whole`: in one frame, where it came in frames. */
void websocket_say(struct websocket *ws, enum wsevent_kind kind, struct span content,
                   bool is_whole);

/* A close frame of the origin; `payload` as in the frame. */
void websocket_close_by_origin(struct websocket *ws, struct span payload);

/* The origin had nothing to say about the client's close frame. */
void websocket_close_unanswered(struct websocket *ws);

/* The origin wants the client cut without a word. */
void websocket_drop(struct websocket *ws);

/* The origin can't be talked to: the handshake is refused, or an open one closed with 1011. */
void websocket_fail(struct websocket *ws, enum reason reason, const char *detail);

/* Sends what websocket_say() gathered. */
void websocket_flush(struct websocket *ws);

/* A message came, of the client or the origin: activity, once a minute. */
void websocket_note_activity(struct websocket *ws);

/* ---- for wsgrip.h ---- */

/* Whether messages may still be sent: no close frame was. */
bool websocket_may_speak(const struct websocket *ws);

/* Appends a frame to what websocket_flush() sends. */
void websocket_frame(struct websocket *ws, enum ws_opcode opcode, struct span content);

/* The origin is told a close and hears no more; the client stays. */
void websocket_detach(struct websocket *ws);

#endif
