/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to clients that are whole: a refusal in our words, or a cleaned
 * answer of an origin. Each is counted in the traffic of its route.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 1.7 (the texts of refusals).
 */
#ifndef FRONTEND_REPLY_H
#define FRONTEND_REPLY_H

#include <stdbool.h>

#include <h2o.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/reason.h"
#include "common/span.h"
#include "common/traffic.h"

/* Refuses a request: the status of `reason`, its text or `detail` where the client may know it
 * (at == NULL: it may not), as text/plain. The request is h2o's again. */
void reply_refuse(h2o_req_t *request, enum reason reason, struct span detail,
                  struct traffic *traffic);

/* Appends such a refusal as bytes, for a request that has left h2o. */
void reply_raw_refusal(struct buf *out, enum reason reason, struct span detail, bool is_persistent,
                       struct traffic *traffic);

/* Sets status, reason and headers of the answer to come; all is copied to the request's pool. */
void reply_head(h2o_req_t *request, unsigned status, struct span reason,
                const struct header *headers, size_t count);

/* Says that the body comes in chunks, which the caller frames: h2o's own encoder then stays out. */
void reply_chunked(h2o_req_t *request);

/* Sends the whole body behind a head that was set; HEAD, 204 and 304 get none. */
void reply_body(h2o_req_t *request, struct span body, struct traffic *traffic);

/* Sends the head that was set, and nothing: not even a length. */
void reply_nothing(h2o_req_t *request, struct traffic *traffic);

/* Returns: what the head that was set counts (traffic.h). */
size_t reply_head_count(const h2o_req_t *request);

/* Whether an answer of this status to this request has a body at all. */
bool reply_has_body(const h2o_req_t *request, unsigned status);

#endif
