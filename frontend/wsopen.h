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

enum { WS_KEY_LEN = 24, WS_ACCEPT_LEN = 28 };

/* Whether a request asks for a WebSocket, soundly or not. */
bool wsopen_is(const h2o_req_t *request);

/* Whether it asks soundly.
 * Returns: REASON_NONE, or why not with `*why` set to a static sentence. */
MUST_USE enum reason wsopen_check(const h2o_req_t *request, const char **why);

/* Writes the Sec-WebSocket-Accept for a Sec-WebSocket-Key. */
void wsopen_accept_key(char out[WS_ACCEPT_LEN + 1], struct span key);

/* Appends the 101 for `key`, with those headers of the origin's `answer` that are the client's. */
void wsopen_head(struct buf *out, const struct answer *answer, struct span key);

/* Appends an origin's refusal, body included. */
void wsopen_rejection(struct buf *out, const struct answer *answer, bool is_persistent);

#endif
