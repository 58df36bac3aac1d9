/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the elements of a route line mean: a host, a target, a parameter.
 *
 * Thread: main's.
 * Spec:   GRIP 10.4.
 */
#ifndef COMMON_ROUTE_PARAMS_H
#define COMMON_ROUTE_PARAMS_H

#include "common/base.h"
#include "common/route.h"
#include "common/route_scan.h"

/* The part of a route that is being read: its condition, or one of its targets. */
struct section {
    struct route *route;
    struct target *target; /* NULL in the condition */
};

/* Reads the value a condition begins with: a host, "*" or nothing.
 * Returns: NULL, or what is wrong (static). */
MUST_USE const char *read_condition(struct section *section, const char *value);

/* Reads the value a target begins with: HOST:PORT, "demo".
 * Returns: NULL, or what is wrong (static). */
MUST_USE const char *read_target(struct section *section, const char *value);

/* Reads one parameter. Returns: NULL, or what is wrong; caller frees it. */
MUST_USE char *read_parameter(struct section *section, const struct element *element);

#endif
