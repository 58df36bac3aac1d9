/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole answers of the control listener, and what they need to know of their
 * requests.
 *
 * Each has a Content-Length, without which h2o would close the connection.
 * Bodies are copied.
 *
 * Thread: the router's.
 */
#ifndef ROUTER_RESPOND_H
#define ROUTER_RESPOND_H

#include <stdbool.h>

#include <h2o.h>

#include "common/base.h"
#include "common/engine.h"
#include "common/span.h"

#define TYPE_TEXT "text/plain"
#define TYPE_JSON "application/json"

/* Adds a header to the answer to come; `name` is how `token` is written.
 * Borrows: `value` until the request is disposed of. */
void respond_header(h2o_req_t *request, const h2o_token_t *token, const char *name,
                    struct span value);

/* Answers `request`, which is h2o's from here on; a HEAD gets no body. `type` is a literal. */
void respond(h2o_req_t *request, unsigned status, const char *type, struct span body);

/* As plain text made by a printf format. */
void respond_text(h2o_req_t *request, unsigned status, const char *format, ...) PRINTF_LIKE(3, 4);

/* Refuses the method: only those in `allowed` (a literal) are for this target. */
void respond_not_allowed(h2o_req_t *request, const char *allowed);

static inline bool method_is(const h2o_req_t *request, struct span method)
{
    return span_equal(vec_span(request->input.method), method);
}

#endif
