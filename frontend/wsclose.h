/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a WebSocket ends: close frames of ours, and whom they are waited for.
 *
 *     wsclose_await(CLOSING) + wsclose_say()   the client's close frame, then gone
 *     wsclose_echo()                           the client closed first: gone
 *     wsclose_failed()                         gone when the client has hung up
 *
 * Every wait ends after ws_close_wait_ms.
 *
 * Thread: its frontend's.
 * Spec:   RFC 6455 7; GRIP 5.7.
 */
#ifndef FRONTEND_WSCLOSE_H
#define FRONTEND_WSCLOSE_H

#include "common/reason.h"
#include "common/span.h"
#include "frontend/websocket.h"

/* The origin hears no more of us, nor we of it. */
void wsclose_part(struct websocket *ws);

/* Sends a close frame. */
void wsclose_say(struct websocket *ws, unsigned code, struct span reason);

/* Enters `state`, with `why` as the reason the hold will have ended for. Its timer is no
 * keep-alive's from here on. */
void wsclose_await(struct websocket *ws, enum ws_state state, enum reason why);

/* All that was to be said has been; neither client nor origin is listened to any more. */
void wsclose_conclude(struct websocket *ws);

/* Says the client's own code back, and concludes. */
void wsclose_echo(struct websocket *ws);

/* Ends our half: the client sees it at once, and reading on keeps our last words from being
 * destroyed by a reset on the way. */
void wsclose_hang_up(struct websocket *ws);

/* Closes without caring for what the client still has to say; `detail` is for the log. */
void wsclose_failed(struct websocket *ws, unsigned code, enum reason why, const char *detail);

#endif
