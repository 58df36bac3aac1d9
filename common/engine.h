/* SPDX-License-Identifier: Apache-2.0 */
/*
 * h2o as holdfast uses it: one host, one path, one handler.
 *
 * h2o parses requests and writes answers; which request means what is our
 * own business, so every request of every path goes to one function.
 *
 * Thread: one per loop.
 * Spec:   docs/decisions/0006.
 */
#ifndef COMMON_ENGINE_H
#define COMMON_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/loop.h"
#include "common/span.h"

struct engine;

/* How much larger than allowed a body may be and still be refused in our words. */
#define ENGINE_SLACK_BYTES ((size_t)1024 * 1024)

/* h2o's bytes as ours; nothing where there are none. */
static inline struct span vec_span(h2o_iovec_t vec)
{
    return span(vec.base ? vec.base : "", vec.base ? vec.len : 0);
}

/* Answers `request`, now or later; `context` as given to engine_new(). */
typedef void engine_request_fn(void *context, h2o_req_t *request);

/* `body_bytes` bounds request bodies. Those a little larger still arrive whole, for `on_request` to
 * refuse: h2o refuses by itself what is larger still, but closes with bytes unread, and a reset may
 * destroy its 413 on the way. `wait_ms` is how long a request may take to arrive and how long a
 * connection may idle between two. */
MUST_USE struct engine *engine_new(struct loop *loop, uint64_t body_bytes, uint64_t wait_ms,
                                   engine_request_fn *on_request, void *context);

/* Every connection must be gone. */
void engine_free(struct engine *engine);

/* Gives a connection to h2o's HTTP/1 or HTTP/2 server; what its input already holds is
 * read first. */
void engine_serve_http1(struct engine *engine, h2o_socket_t *socket);
void engine_serve_http2(struct engine *engine, h2o_socket_t *socket);

/* Asks every connection to go after its current answer (HTTP/2: GOAWAY). */
void engine_shut_down(struct engine *engine);

#endif
