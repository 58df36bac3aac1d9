/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The router thread: takes publications and puts each on the bus, once.
 *
 *     publish listener -> ingest -> broadcast -> XPUB -> every frontend
 *                                     ^ PULL <- interest, answers (way back)
 *
 * It is a czmq actor. Life: router_start() returns when its sockets are bound;
 * router_open() when all frontends have subscribed and the control listener
 * accepts; router_close() when it accepts no more and every item answered 200
 * is on the bus; router_stop() ends the thread.
 *
 * Thread: the functions are main's; everything behind them is the router's.
 */
#ifndef ROUTER_ROUTER_H
#define ROUTER_ROUTER_H

#include <stddef.h>

#include "common/base.h"
#include "common/config.h"
#include "common/credentials.h"
#include "common/stats.h"

struct router;
struct traffic;
struct zsockets;

struct router_parts {
    const struct config *config;
    const int *control_fds; /* bound, not listening; taken */
    size_t control_fd_count;
    struct zsockets *zsockets;            /* the ZeroMQ sockets of the outside, or NULL; taken */
    size_t frontends;                     /* how many subscriptions to wait for */
    struct stats *stats;                  /* the router's own */
    const struct stats *const *all_stats; /* every thread's, for /metrics and the bus backlog */
    size_t stats_count;
    struct traffic *const *traffic; /* every frontend's, by route number */
    struct contexts contexts;       /* taken: for publishers over TLS */
};

/* Borrows: what `parts` points to, until router_stop(). */
MUST_USE struct router *router_start(const struct router_parts *parts);
void router_open(struct router *router);

/* Lets TLS connections that begin from now on have these contexts; those that exist go on. Shares:
 * the contexts. */
void router_renew(struct router *router, const struct contexts *contexts);

void router_close(struct router *router);
void router_stop(struct router *router);

#endif
