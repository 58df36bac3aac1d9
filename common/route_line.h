/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of one route line.
 *
 *     line     CONDITION TARGET [TARGET...]  # comment
 *     section  value[,name[=value]]...       a section may begin with name=value; its own
 *                                            value is then empty
 *     "..."    quotes any part, with the escapes \\ and \"
 *
 * What Pushpin has and holdfast has not is refused with a sentence that says so: a
 * line that is half followed would send requests where nobody wanted them.
 *
 * Thread: main's.
 * Spec:   GRIP 10.4.
 */
#ifndef COMMON_ROUTE_LINE_H
#define COMMON_ROUTE_LINE_H

#include "common/base.h"
#include "common/span.h"

struct route;

/* Reads `line` into a fresh route (route_free()); an empty or comment line leaves NULL there.
 * A relative "file:" of sig_key starts from `dir`; NULL leaves it as it stands.
 * Returns: NULL, or what is wrong with the line, as a sentence; caller frees it. */
MUST_USE char *route_line_read(struct span line, const char *dir, struct route **route);

void route_free(struct route *route);

#endif
