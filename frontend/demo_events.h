/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in origin as a server of WebSockets over HTTP, at /test/websocket:
 * subscribes each client to channel "test" and says back what it hears.
 *
 *     OPEN      ─► OPEN, c:{"type":"subscribe","channel":"test"}
 *     TEXT 2 hi ─► TEXT 2 hi        CLOSE ─► CLOSE        PING ─► PONG
 *
 * Thread: its frontend's.
 * Spec:   guide "Inbound WebSockets messages".
 */
#ifndef FRONTEND_DEMO_EVENTS_H
#define FRONTEND_DEMO_EVENTS_H

#include "common/answer.h"
#include "common/buf.h"

/* Answers a request of events to `path`: the head, and what goes into `body`.
 * Borrows: static memory. */
void demo_events(struct answer *head, struct buf *body, struct span path, struct span events);

#endif
