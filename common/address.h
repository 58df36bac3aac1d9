/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to listen: "7999", "127.0.0.1:7999", "[::1]:7999", "unix:/run/x.sock".
 *
 * Thread: any.
 */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/base.h"
#include "common/span.h"

struct address {
    struct sockaddr_storage sa;
    socklen_t len;
    char text[128]; /* as people write it, for logs and errors */
};

/* Reads `text` into `address`; a bare port means `host` (an IPv4 or IPv6 literal, "*" for
 * every address, both families).
 * Returns: NULL, or why not, as a sentence (static). */
MUST_USE const char *address_read(struct address *address, struct span text, const char *host);

/* Whether only this machine can reach it: 127.0.0.0/8, ::1, or a Unix socket. */
bool address_is_loopback(const struct address *address);

/* Binds a non-blocking, close-on-exec TCP or Unix socket to `address`; it does not listen yet.
 * `share` sets SO_REUSEPORT, so that each frontend may have one of its own, after making
 * sure that no other program has the port.
 * Port 0 is replaced in `address` by the one the system chose.
 * Returns: the descriptor, or -1 with `*why` set to a sentence that names the fix; caller
 *          frees it. */
MUST_USE int address_bind(struct address *address, bool share, char **why);

#endif
