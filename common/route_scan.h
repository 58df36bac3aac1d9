/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The elements of a route line, one after the other, unquoted.
 *
 *     *,path_beg=/v2   "a b":80,ssl
 *     |      |            |     `-- element: name "ssl"
 *     |      |            `-------- element: name "a b:80", first of a section
 *     |      `--------------------- element: name "path_beg", value "/v2", ends its section
 *     `---------------------------- element: name "*"
 *
 * Thread: main's.
 * Spec:   GRIP 10.4.
 */
#ifndef COMMON_ROUTE_SCAN_H
#define COMMON_ROUTE_SCAN_H

#include <stdbool.h>

#include "common/base.h"
#include "common/span.h"

struct scan {
    struct span rest; /* what was not read yet */
    char *out;        /* where the next decoded byte goes; twice the line is room enough */
};

struct element {
    const char *name;  /* ends with a NUL; lives where `out` points */
    const char *value; /* what stands behind the first unquoted "=", or NULL */
    bool ends_section;
};

/* Reads the next element; the white space behind a section is skipped, a comment ends the line.
 * Returns: NULL, or what is wrong (static). */
MUST_USE const char *scan_element(struct scan *scan, struct element *element);

#endif
