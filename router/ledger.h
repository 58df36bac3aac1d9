/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened on each route since it was told last, in the packets of the stats socket.
 *
 *     frontends ── traffic ──► sums ── less what was told ──► activity  each tenth of a second
 *     tally ── received ───────────────────────────────────► report    each interval
 *     roster ── connections, minutes ──────────────────────┘
 *
 * One report is for all routes without an id, and comes always; one is for each route with an id
 * that has something to tell.
 *
 * Thread: the router's. Time is passed in.
 * Spec:   GRIP 9.1 "activity", "counts", "report".
 */
#ifndef ROUTER_LEDGER_H
#define ROUTER_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/route.h"
#include "common/stats.h"
#include "common/traffic.h"

struct ledger;
struct packets;
struct roster;
struct tallied;

struct ledger_parts {
    struct packets *packets;
    struct roster *roster;
    const struct routes *routes;
    struct traffic *const *traffic; /* of each frontend, by route number */
    size_t frontends;
    const struct stats *const *all_stats;
    size_t stats_count;
};

/* Borrows: what `parts` points to, until ledger_free(). */
MUST_USE struct ledger *ledger_new(const struct ledger_parts *parts);
void ledger_free(struct ledger *ledger);

/* Notes that an item was heard on its routes. */
void ledger_note(struct ledger *ledger, const struct tallied *item);

/* Says what went on since the last call, if anything. */
void ledger_tell_activity(struct ledger *ledger);

/* Says what the last `elapsed_ms` came to. */
void ledger_report(struct ledger *ledger, uint64_t elapsed_ms);

#endif
