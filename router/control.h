/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control listener: the sockets publishers and operators connect to, and
 * their connections, all of them HTTP/1 and h2o's; where TLS is spoken, after its handshake
 * (greeting.h). Where there are as many as there may be, the next one is let in for the one
 * whose client has had nothing to say for longest.
 *
 * Thread: the router's.
 */
#ifndef ROUTER_CONTROL_H
#define ROUTER_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include <h2o.h>
#include <openssl/ssl.h>

#include "common/address.h"
#include "common/base.h"
#include "common/engine.h"
#include "common/loop.h"
#include "common/stats.h"

struct control;

struct control_parts {
    struct loop *loop;
    struct engine *engine;
    struct stats *stats;
    const int *fds;                  /* bound sockets; taken */
    const struct address *addresses; /* theirs */
    size_t fd_count;
    SSL_CTX *tls; /* for addresses with TLS, until control_renew(); NULL where there is none */
    uint64_t most_connections;
    uint64_t wait_ms;       /* for a TLS handshake */
    uint64_t stall_wait_ms; /* for a publisher to take some of an answer */
};

/* Borrows: what `parts` points to, until control_free(). */
MUST_USE struct control *control_new(const struct control_parts *parts);

/* It must be closed, and every connection gone. */
void control_free(struct control *control);

/* Notes that a request has come on `socket`: others will have been silent for longer. */
void control_note(struct control *control, h2o_socket_t *socket);

/* Handshakes that begin from now on are made from `tls`. Borrows: until the next call. */
void control_renew(struct control *control, SSL_CTX *tls);

/* Starts listening. */
void control_open(struct control *control);

/* Stops listening; connections are closed after their current answer. */
void control_close(struct control *control);

/* Closes the connections of which no byte of a request has come. */
void control_cut_idle(struct control *control);

/* Cuts what is left. */
void control_cut(struct control *control);

/* Connections that exist. */
size_t control_count(const struct control *control);

/* Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t control_turn(struct control *control, uint64_t now_ms);

#endif
