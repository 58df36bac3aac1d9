/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hold kind: Grip-Hold stream, an answer whose body never ends by itself.
 *
 *     head, first body, then the content of each http-stream item, and the
 *     keep-alive when nothing else is said
 *
 * The content goes out as it was published: as an HTTP/1.1 chunk that the
 * router has framed, or plain to HTTP/2 and HTTP/1.0.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 4; guide "Responding to Fanout requests".
 */
#ifndef FRONTEND_STREAM_H
#define FRONTEND_STREAM_H

#include <h2o.h>

#include "common/instruct.h"
#include "common/route.h"

struct parts;
struct presence;

/* Bytes of one, for the slab that parts->streams is. */
size_t stream_size(void);

/* Turns `request` into a stream as `told`: joins the channels, sends head and first body.
 * `request_len` is how many bytes the request takes at the front of h2o's input, 0 where that
 * cannot be told. The request is the hold's from here on. Takes: `presence`. */
void stream_begin(struct parts *parts, h2o_req_t *request, const struct route *route,
                  const struct instruct *told, size_t request_len, struct presence *presence);

#endif
