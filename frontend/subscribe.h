/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channels that a hold joins when it begins: those an origin told, with
 * the route's prefix before each, and those of its target.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 2.8.
 */
#ifndef FRONTEND_SUBSCRIBE_H
#define FRONTEND_SUBSCRIBE_H

#include "common/base.h"
#include "common/instruct.h"
#include "common/route.h"
#include "common/span.h"

struct channels;
struct hold;

/* Returns: the full name of a channel that an origin calls `told`; caller frees. */
MUST_USE char *subscribe_name(const char *prefix, struct span told);

/* Joins the channels of the route's target, which no origin need name. */
void subscribe_implicit(struct channels *channels, struct hold *hold, const struct route *route);

/* Joins those that `told` names, and the implicit ones. */
void subscribe_told(struct channels *channels, struct hold *hold, const struct route *route,
                    const struct instruct *told);

#endif
