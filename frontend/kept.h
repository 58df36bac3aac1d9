/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that goes to its origin again and again, kept in one block.
 *
 * A WebSocket over HTTP repeats its client's headers on every request to the
 * origin. They are most of what an idle WebSocket weighs, so they are packed:
 *
 *     struct kept | path | Name:value\n Name:value\n ...
 *
 * Thread: its frontend's.
 * Life:   kept_new(), free().
 * Spec:   GRIP 5.3.
 */
#ifndef FRONTEND_KEPT_H
#define FRONTEND_KEPT_H

#include <stddef.h>

#include <h2o.h>

#include "common/base.h"
#include "common/span.h"
#include "frontend/forward.h"

struct kept;
struct parts;

/* Keeps what every request of this WebSocket has: the path for the origin and the client's headers
 * as forward.h has them, but for those that belong to a single request or are made anew. A
 * connection id, a version 4 UUID, is drawn. */
MUST_USE struct kept *kept_new(struct parts *parts, h2o_req_t *request, const struct route *route,
                               const struct destination *to);

/* Bytes of a connection id as text, its NUL included. */
enum { KEPT_ID_TEXT = 37 };

void kept_id(const struct kept *kept, char out[KEPT_ID_TEXT]);

/* Borrows: the block, here and below. */
struct span kept_path(const struct kept *kept);

/* Returns: the value of the header `name`, at == NULL where there is none. */
struct span kept_header(const struct kept *kept, struct span name);

/* Writes the headers to `out`, which has room for kept_count() of them. */
void kept_headers(const struct kept *kept, struct header *out);
size_t kept_count(const struct kept *kept);

#endif
