/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/1 answer on a socket that is our own.
 *
 *     HTTP/1.1 200 OK\r\nDate: ...\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n
 *
 * h2o writes the heads of everything that it answers; this is for those who
 * answer after they have left it: long-polls and WebSockets.
 *
 * Thread: any.
 * Spec:   RFC 9112 4, 6.3, 9.6.
 */
#ifndef FRONTEND_RAWREPLY_H
#define FRONTEND_RAWREPLY_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/span.h"

/* What the head depends on besides the origin. */
struct rawreply {
    bool is_http10;
    bool is_persistent; /* the connection serves another request afterwards */
    bool has_length;    /* false: 101, 204 and 304 */
    size_t length;
};

/* Appends status line, Date, `headers` and what `how` says. `reason` empty: the usual one. Framing,
 * hop-by-hop and Date headers among `headers` are left out.
 * Returns: what the head counts (traffic.h). */
size_t rawreply_head(struct buf *out, unsigned status, struct span reason,
                     const struct header *headers, size_t count, const struct rawreply *how);

/* Appends "name: value" and the end of the line. */
void rawreply_line(struct buf *out, struct span name, struct span value);

#endif
