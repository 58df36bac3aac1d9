/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frontend thread: its listeners, its clients, everything that is theirs.
 *
 * It is a czmq actor. Life: frontend_start() returns when it has subscribed to
 * the bus; frontend_open() when it listens; frontend_stop() when its holds have
 * ended in good order, or the wait for them is over.
 *
 * Thread: the functions are main's; everything behind them is the frontend's.
 * Spec:   docs/decisions/0001.
 */
#ifndef FRONTEND_FRONTEND_H
#define FRONTEND_FRONTEND_H

#include <stddef.h>

#include "common/base.h"
#include "common/config.h"
#include "common/credentials.h"
#include "common/stats.h"

struct frontend;
struct keyring;
struct traffic;

struct frontend_parts {
    const struct config *config;
    const struct keyring *keyring;
    const struct target *control;         /* where the demo publishes, or NULL */
    struct stats *stats;                  /* this frontend's own */
    const struct stats *const *all_stats; /* every thread's */
    size_t stats_count;
    struct traffic *traffic;  /* likewise, by route number */
    unsigned number;          /* 0 .. workers - 1 */
    const int *fds;           /* bound, one for each config->listen; taken */
    struct contexts contexts; /* taken: for clients and origins that have TLS */
    size_t most_connections;
};

/* Borrows: what `parts` points to, until frontend_stop(). */
MUST_USE struct frontend *frontend_start(const struct frontend_parts *parts);
void frontend_open(struct frontend *frontend);

/* Lets TLS connections that begin from now on have these contexts; those that exist go on. Shares:
 * the contexts. */
void frontend_renew(struct frontend *frontend, const struct contexts *contexts);

/* Asks the frontend to end; frontend_stop() waits for it. Several may end at the same time. */
void frontend_end(struct frontend *frontend);
void frontend_stop(struct frontend *frontend);

#endif
