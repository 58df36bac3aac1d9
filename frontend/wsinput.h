/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a WebSocket's client says: bytes ─► frames ─► whole messages for the origin.
 *
 * A client is read no faster than its origin takes what it says: beyond
 * ws_queue_bytes its socket is left alone.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 5.6; RFC 6455 5, 6.2.
 */
#ifndef FRONTEND_WSINPUT_H
#define FRONTEND_WSINPUT_H

#include "common/wsevents.h"
#include "frontend/websocket.h"

/* Takes what came (hold.h, input). */
void wsinput_take(struct hold *hold, char *bytes, size_t len);

/* Whether what the client says still counts. */
bool wsinput_is_wanted(const struct websocket *ws);

/* The origin took some of it, or more came: counts what the client makes us keep, and reads it only
 * while that is not too much. */
void wsinput_taken(struct websocket *ws);

/* Tells the origin, if there is one. */
void wsinput_tell(struct websocket *ws, enum wsevent_kind kind, struct span content);

/* Gives back what was kept of a message. */
void wsinput_done(struct websocket *ws);

#endif
