/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few facts of HTTP that do not depend on who speaks it.
 *
 * Thread: any.
 * Spec:   RFC 9110 5.5, 5.6.2, 7.6.1; GRIP Appendix C.
 */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include <stdbool.h>

#include "common/span.h"

/* Whether a header is for this hop only, or framing, and never passed on: Connection,
 * Keep-Alive, Proxy-Connection and the Proxy-Auth* ones, TE, Trailer, Transfer-Encoding,
 * Upgrade, Content-Length. */
bool header_is_hop_by_hop(struct span name);

/* Whether `name` (or a method) is a token: not empty, no separators, no control characters. */
bool header_name_is_sound(struct span name);

/* Whether `value` may stand behind a colon or a status code: no control character but TAB, so
 * that it can never begin a line of its own. */
bool header_value_is_sound(struct span value);

/* Whether the comma-separated `list` (a Connection header) has `name` as an element. */
bool list_names(struct span list, struct span name);

/* The reason phrase of a status as Pushpin writes it ("Undefined Reason" for unknown ones). */
const char *status_reason(unsigned status);

#endif
