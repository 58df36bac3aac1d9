/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/1 request as it came, checked before anybody believes h2o.
 *
 * h2o takes two differing lengths, a length together with chunks, a missing
 * or doubled Host, bare line feeds, folded lines and methods such as `G@T`,
 * and takes what follows for the next request. While a handler runs, the raw
 * head still stands at the front of the connection's input: it is read here
 * once more, strictly, and anything that two parsers might understand
 * differently is refused.
 *
 * Thread: any; pure.
 * Spec:   RFC 9112; docs/decisions/0006.
 */
#ifndef COMMON_RAWHEAD_H
#define COMMON_RAWHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/reason.h"
#include "common/span.h"

struct rawhead {
    size_t head_len; /* bytes up to and with the empty line */
    bool is_chunked; /* the body came in chunks: where it ended cannot be told any more */
    size_t body_len; /* Content-Length, 0 where there is none */
    size_t text_len; /* bytes of method, target, names and values */
};

/* Checks the head at the front of `input`.
 * Returns: REASON_NONE with `head` set; or BAD_REQUEST, TARGET_TOO_LONG or HEAD_TOO_LARGE with
 *          `*why` set to a sentence (static). */
MUST_USE enum reason rawhead_check(struct rawhead *head, struct span input,
                                   const struct limits *limits, const char **why);

/* Whether `method` is a word of capital letters, and `target` free of spaces and controls. */
bool method_is_valid(struct span method);
bool target_is_valid(struct span target);

/* Whether `host` is a host as RFC 3986 writes it, with or without a port. */
bool host_is_valid(struct span host);

#endif
