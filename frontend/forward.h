/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's request as the origin gets it: path, headers, signature.
 *
 * Everything hop-by-hop goes; nothing of GRIP that a client sent gets through;
 * the origin learns who asks (X-Forwarded-For) and that we did (Grip-Sig).
 *
 * Thread: its frontend's.
 * Spec:   GRIP 1.2 with docs/decisions/0009.
 */
#ifndef FRONTEND_FORWARD_H
#define FRONTEND_FORWARD_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "common/route.h"
#include "common/span.h"

struct parts;
struct previds;

/* Where a request says it wants to go. */
struct destination {
    struct span host; /* as sent, port included */
    struct span path; /* with the query; starts with '/', or is "*" */
};

/* Reads the destination of `request`, an absolute-form target included.
 * Borrows: the request. */
struct destination destination_of(const h2o_req_t *request);

/* Returns: the path for the origin of `route`, in the request's pool. */
struct span forward_path(h2o_req_t *request, const struct route *route, struct span path);

/* Returns: the headers for the origin, `*count` of them, in the request's pool; the token is
 * copied there, too. */
MUST_USE struct header *forward_headers(struct parts *parts, h2o_req_t *request,
                                        const struct route *route, struct span host, size_t *count);

/* Returns: `headers`, made by forward_headers(), with a Grip-Last for each of `previds`; those are
 * borrowed. */
MUST_USE struct header *forward_lasts(h2o_req_t *request, const struct header *headers,
                                      size_t *count, const struct previds *previds);

/* What this version can do, in the words of GRIP: the value of Grip-Feature. */
struct span forward_features(void);

/* Returns: the value of the first header `name` (lower-case), at == NULL where there is none. */
struct span request_header(const h2o_req_t *request, struct span name);

#endif
