/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a route line into its elements, with quotes and escapes undone.
 *
 *     *,path_beg="/a b" backend:80        # why
 *     |  `-- element --' `- element, ends its section
 *     `- element
 *
 * Thread: main's.
 * Spec:   GRIP 10.4.
 */
#ifndef COMMON_ROUTE_SCAN_H
#define COMMON_ROUTE_SCAN_H

#include <stdbool.h>

#include "common/base.h"
#include "common/span.h"

/* Decoding never lengthens an element, but each ends with a NUL more, or two. */
#define ROUTE_SCAN_ROOM(len) ((len)*2 + 2)

struct scan {
    struct span rest; /* of the line; empty when all is read */
    char *out;        /* where the next decoded byte goes, in the caller's ROUTE_SCAN_ROOM */
};

/* "value" or "name=value". */
struct element {
    char *name;
    char *value; /* NULL without '=' */
    bool ends_section;
};

/* Reads the next element; its texts point into what `scan->out` points to.
 * Returns: NULL, or what is wrong, as a sentence (static). */
MUST_USE const char *scan_element(struct scan *scan, struct element *element);

#endif
