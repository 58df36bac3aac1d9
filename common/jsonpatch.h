/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 6902: a JSON text changed by a list of operations, for the body-patch of
 * http-response.
 *
 *     {} + [{"op":"add","path":"/n","value":1}]  ─►  {"n":1}
 *
 * Thread: any.
 * Spec:   RFC 6901, RFC 6902; GRIP 3.5.
 */
#ifndef COMMON_JSONPATCH_H
#define COMMON_JSONPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/span.h"

/* Whether `operations` is a JSON list of operations that could be applied to something: each has an
 * op of RFC 6902 and the fields that op needs, pointers begin with '/' or are empty.
 * Returns: NULL, or what is wrong, a static sentence. */
MUST_USE const char *jsonpatch_check(struct span operations);

/* Appends `base` after `operations`: compact, keys sorted, with the line ending of `base` (none,
 * "\n" or "\r\n"). `most` bounds the result and the document on its way there; its nesting and
 * what is copied and moved are bounded too.
 * Returns: NULL, or why it could not be, a static sentence (base is no JSON object or array, an
 *          operation failed, the result is too large); `out` is then as it was. */
MUST_USE const char *jsonpatch_apply(struct buf *out, struct span base, struct span operations,
                                     size_t most);

#endif
