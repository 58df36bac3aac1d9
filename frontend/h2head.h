/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/2 request, checked as rawhead.h checks that of HTTP/1.
 *
 * h2o 2.2.5 looks at names, and at controls in values. It passes a method or a
 * path with spaces, of which an origin by HTTP/1 would make another request
 * line, fields that belong to a connection, and a hundred fields of four
 * kilobytes that cost their sender a byte each.
 *
 * Thread: any; pure.
 * Spec:   RFC 9113, 8.2 and 8.3.
 */
#ifndef FRONTEND_H2HEAD_H
#define FRONTEND_H2HEAD_H

#include <h2o.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/reason.h"
#include "common/span.h"

/* Checks the head of `request`, for whose authority `host` stands.
 * Returns: REASON_NONE; or BAD_REQUEST, TARGET_TOO_LONG or HEAD_TOO_LARGE with `*why` set to a
 *          sentence (static). */
MUST_USE enum reason h2head_check(const h2o_req_t *request, struct span host,
                                  const struct limits *limits, const char **why);

#endif
