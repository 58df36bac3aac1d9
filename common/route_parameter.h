/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may stand in a section of a route line: its value and its parameters.
 *
 * Two tables, one for the condition and one for a target, name each parameter of
 * Pushpin's, with the field it sets or the reason why it is refused.
 *
 * Thread: main's.
 * Spec:   GRIP 10.4.
 */
#ifndef COMMON_ROUTE_PARAMETER_H
#define COMMON_ROUTE_PARAMETER_H

#include "common/base.h"
#include "common/route.h"
#include "common/route_scan.h"

/* A section while it is read. Texts it is given are kept, and written into. */
struct section {
    struct route *route;
    struct target *target; /* NULL: the section is the condition */
    unsigned seen;         /* a bit for each row of its table of parameters */
};

/* Reads what a section begins with: a host, or HOST:PORT.
 * Returns: NULL, or what is wrong, as a sentence; caller frees it. */
MUST_USE char *section_value(struct section *section, char *value);

/* Reads one "name" or "name=value".
 * Returns: NULL, or what is wrong, as a sentence; caller frees it. */
MUST_USE char *section_parameter(struct section *section, const struct element *element);

#endif
