/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-origin headers for routes with `aco`, where the origin sent none of its own.
 *
 * Preflight requests still go to the origin; whatever it answers, the page that
 * asked may read the answer, with every header that is no secret of ours.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 10.5.
 */
#ifndef FRONTEND_CORS_H
#define FRONTEND_CORS_H

#include <h2o.h>

#include "common/route.h"

/* Adds what is missing to the answer whose headers are set, if `route` wants it. */
void cors_add(h2o_req_t *request, const struct route *route);

#endif
