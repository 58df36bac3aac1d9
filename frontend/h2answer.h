/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers by HTTP/2 that are to be taken: h2o has them, whole or piece by
 * piece, and waits for the client to open their windows, without end.
 *
 *     whole      from the moment it was given to h2o
 *     relayed    while a piece is under way, and when the last one was given
 *
 * Who takes nothing of one for `stall_wait_ms` loses it: that stream is reset.
 * Held streams have their own watch (holds.h).
 *
 * Thread: its frontend's.
 * Life:   in the request's pool, until h2o disposes of the request.
 */
#ifndef FRONTEND_H2ANSWER_H
#define FRONTEND_H2ANSWER_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "common/list.h"

struct relay;

/* Watches the answer to `request`, on a list of its connection. Borrows: `relay`, NULL where the
 * answer is whole, until h2o disposes of the request. */
void h2answer_watch(struct list *answers, h2o_req_t *request, const struct relay *relay,
                    uint64_t now_ms);

/* Returns: a request of whose answer nothing was taken for longer than `stall_ms`, which is watched
 * no more; NULL for none. */
MUST_USE h2o_req_t *h2answers_stalled(struct list *answers, uint64_t stall_ms, uint64_t now_ms);

#endif
