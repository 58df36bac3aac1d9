/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opening handshake of a WebSocket, as far as HTTP goes.
 *
 * Thread: any.
 * Spec:   RFC 6455 4; GRIP 5.1.
 */
#ifndef FRONTEND_WSOPEN_H
#define FRONTEND_WSOPEN_H

#include <stdbool.h>

#include <h2o.h>

#include "common/answer.h"
#include "common/base.h"
#include "common/buf.h"
#include "common/reason.h"

/* Whether a request asks for a WebSocket, soundly or not. */
bool wsopen_is(const h2o_req_t *request);

/* Whether it asks soundly.
 * Returns: REASON_NONE, or why not with `*why` set to a static sentence. */
MUST_USE enum reason wsopen_check(const h2o_req_t *request, const char **why);

/* Appends the 101 for `key`, with those headers of the origin's `answer` that are the client's.
 * Returns: what the head counts (traffic.h), as below. */
size_t wsopen_head(struct buf *out, const struct answer *answer, struct span key);

/* Appends an origin's refusal, body included. */
size_t wsopen_rejection(struct buf *out, const struct answer *answer, bool is_persistent);

#endif
