/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request from arrival to answer, relay or hold (docs/architecture.md, trip 1).
 *
 *     client_take() ─► checked ─► routed ─► origin_ask()
 *                         │          │          │ head
 *                      refused    refused       ├─ no GRIP: relayed as it streams in
 *                                               └─ GRIP: body collected, instruct_read()
 *                                                     ├─ no hold: cleaned and sent
 *                                                     ├─ stream: stream_begin()
 *                                                     └─ response: longpoll_begin()
 *
 * A long-poll may come back to be routed and asked once more (GRIP 3.2): by its connection
 * (accept.h) or, where h2o kept the request, by ask_again().
 *
 * Thread: its frontend's.
 * Life:   until h2o disposes of the request, whereupon whatever is under way for it is
 *         cancelled, or until the request is a stream's, which needs none of it.
 */
#ifndef FRONTEND_CLIENT_H
#define FRONTEND_CLIENT_H

#include <stdint.h>

#include <h2o.h>

struct parts;

/* Bytes of one, for the slab that parts->client_slots is. */
size_t client_size(void);

/* A request has arrived, its body included (engine_request_fn; `context` is the parts). */
void client_take(void *context, h2o_req_t *request);

/* Called each turn: does what could not be done inside a callback.
 * Returns: 0 where work is left for the next turn, LOOP_NEVER for none. */
uint64_t clients_turn(struct parts *parts);

/* Cancels every exchange; their clients are refused, or cut, with REASON_SHUTDOWN. */
void clients_end_all(struct parts *parts);

#endif
