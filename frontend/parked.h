/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The carrier of a hold that has said nothing yet, whose request stays h2o's:
 * a long-poll by HTTP/2.
 *
 *     parked_begin() ─► parked_head(), hold_push(body) ─► the answer, at the end of the turn
 *                   └─► REASON_RETRY                   ─► again(): the request is its client's
 *
 * Thread: its frontend's.
 * Life:   a word in the request's pool knows the hold as long as there is one;
 *         when h2o disposes of the request, the hold is doomed.
 */
#ifndef FRONTEND_PARKED_H
#define FRONTEND_PARKED_H

#include "common/answer.h"
#include "common/base.h"

struct hold;
struct retry;

/* The hold is gone, its request, still unanswered, is to be put to its origin once more.
 * Takes: what `retry` refers to. */
typedef void parked_again_fn(void *context, const struct retry *retry);

/* `hold` is carried by its request, nothing of which was answered. `context` lives as long as the
 * request. */
void parked_begin(struct hold *hold, parked_again_fn *again, void *context);

/* Sets the head of the answer; all is copied. Its body is what hold->out says when it is flushed,
 * or nothing. */
void parked_head(struct hold *hold, const struct answer *answer);

#endif
