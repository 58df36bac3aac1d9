/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What frontends say on the way back, taken to whom it is for.
 *
 *     wayback ──► answers      ──► health
 *                 hearings     ──► reports, outside (tally)
 *                 interest     ──► outside (demand)
 *                 attendance   ──► outside (roster)
 *
 * Thread: the router's.
 * Life:   a struct whose parts are given; nothing to be freed.
 * Spec:   docs/architecture.md "The bus"; docs/decisions/0018.
 */
#ifndef ROUTER_WORDS_H
#define ROUTER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/stats.h"

struct health;
struct loop;
struct outside;
struct reports;
struct wayback;

struct words {
    struct loop *loop;
    struct wayback *wayback;
    struct health *health;
    struct reports *reports;
    struct outside *outside;   /* NULL where there are no sockets for it */
    const struct stats *stats; /* the router's own */
    const struct stats *const *all_stats;
    size_t stats_count;
    size_t frontends;
};

/* Takes a bounded number. Returns: whether these were all that had been said. */
bool words_take(struct words *words);

/* As words_take(), for somebody who waits for what was said until now (a commands_hear_fn of a struct
 * words): `*until`, 0 when asked first, is ours. Returns: whether all of that was heard. */
bool words_hear(void *context, uint64_t *until);

#endif
