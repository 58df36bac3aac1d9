/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of addresses: "10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "unix:".
 *
 * An IPv4 peer of a listener for both families arrives as ::ffff:192.0.2.7; it
 * is compared as the IPv4 address it is. "unix:" is every peer of a Unix socket.
 *
 * Thread: any; nothing is shared.
 */
#ifndef COMMON_CIDR_H
#define COMMON_CIDR_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/base.h"

/* Returns: NULL, or why `block` is not one, as a sentence (static). */
MUST_USE const char *cidr_check(const char *block);

/* Whether one of `count` checked blocks holds the peer.
 * Cost: reads each block's text, some 100 ns. */
bool cidr_contains(const char *const *blocks, size_t count, const struct sockaddr *peer);

#endif
