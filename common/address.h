/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to listen: "7999", "127.0.0.1:7999", "[::1]:7999", "*:7999", "unix:/run/x.sock".
 *
 * A port is ours alone or not at all: the first bind of an address is an
 * exclusive one, so that another program (or another holdfast) on the port is
 * an error and never a silent sharing of its connections. Only then is
 * SO_REUSEPORT set, and the binds that follow join the first:
 *
 *     address_bind 1   bind(), then SO_REUSEPORT     EADDRINUSE means a stranger
 *     address_bind 2…  SO_REUSEPORT, then bind()     the kernel spreads the clients
 *
 * "*" is every address of both families: [::] with IPV6_V6ONLY off, or 0.0.0.0
 * on a machine without IPv6. A Unix socket cannot be bound twice: the binds that
 * follow duplicate the first descriptor. The file of one that nobody listens on
 * any more is replaced.
 *
 * Thread: main, before the others start.
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
    bool is_tls;    /* TLS is spoken here; for whoever made it to set */
    int first_fd;   /* borrowed: what address_bind() returned first; read while is_bound */
    bool is_bound;  /* by this process, with `share`: it may be bound again */
};

/* Reads `text` into `address`; a bare port means `host` (an IPv4 or IPv6 literal, "*" for
 * every address, both families).
 * Returns: NULL, or why not, as a sentence (static). */
MUST_USE const char *address_read(struct address *address, struct span text, const char *host);

/* Whether only this machine can reach it: 127.0.0.0/8, ::1, or a Unix socket. */
bool address_is_loopback(const struct address *address);

/* Whether not both can be listened on: the same place, or the same port of every address; two
 * ports for the system to choose (0) never are. */
bool address_overlaps(const struct address *one, const struct address *other);

/* Binds a non-blocking, close-on-exec TCP or Unix socket to `address`; it does not listen yet.
 * With `share` it may be called once for each frontend, as told above.
 * Port 0 is replaced in `address` by the one the system chose.
 * Borrows: the first descriptor of a shared address, until its last address_bind().
 * Returns: the descriptor, or -1 with `*why` set to a sentence that names the fix; caller
 *          frees it. */
MUST_USE int address_bind(struct address *address, bool share, char **why);

#endif
