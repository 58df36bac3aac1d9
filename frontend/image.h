/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1 request as bytes, kept so that it can be read once more.
 *
 * A held request may have to go to its origin again. When it leaves h2o its
 * bytes are all that can be taken along; to repeat it, they are put before
 * whatever else its connection still has to say.
 *
 *     head as it came | body            Expect: left out, the client would get a second 100
 *                                       Transfer-Encoding: Content-Length instead, for the
 *                                       body is kept as h2o decoded it
 *
 * Thread: its frontend's.
 * Life:   image_new(), free().
 * Spec:   GRIP 3.2; docs/decisions/0005.
 */
#ifndef FRONTEND_IMAGE_H
#define FRONTEND_IMAGE_H

#include "common/base.h"
#include "common/span.h"

struct image;

/* `head` has passed rawhead_check() and ends with its empty line. */
MUST_USE struct image *image_new(struct span head, struct span body);

/* Borrows: the image. */
struct span image_bytes(const struct image *image);

#endif
