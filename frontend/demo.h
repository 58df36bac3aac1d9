/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in origin: what a newcomer talks to before there is one of theirs.
 *
 *     GET  /                a page that shows all transports live and publishes to them
 *     GET  /test/sse        held as a stream of Server-Sent Events on channel "test"
 *     GET  /test/stream     held as a stream of plain text on channel "test"
 *     GET  /test/long-poll  held until the next message on channel "test"
 *     GET  /test/websocket  a WebSocket on channel "test" that echoes (demo_events.h)
 *     POST /test/publish    the body, as a message to channel "test"
 *
 * It answers in GRIP like any other origin and publishes like any other
 * publisher: through the control listener.
 *
 * Thread: its frontend's.
 * Spec:   guide "Test the service".
 */
#ifndef FRONTEND_DEMO_H
#define FRONTEND_DEMO_H

#include <stdbool.h>

#include <h2o.h>

#include "common/answer.h"
#include "frontend/origin.h"

struct parts;

/* What the demo answers. Borrows: static memory. */
void demo_answer(struct answer *answer, struct span method, struct span path);

/* Whether the request publishes; then `question` is the publish request, in `pool`. */
MUST_USE bool demo_publishes(struct ask *question, struct parts *parts, h2o_mem_pool_t *pool,
                             struct span method, struct span path, struct span body);

#endif
