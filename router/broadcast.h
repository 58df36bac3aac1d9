/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The router's mouth: one immutable frame for all frontends, and how much of
 * what was said they have not heard yet.
 *
 *     item ── wire_seal() ──► frame ── XPUB ──┬─► SUB  frontend 0
 *                           (never copied)    └─► SUB  frontend 1
 *
 * Nothing is ever dropped here: there is no high-water mark, and who publishes
 * asks broadcast_is_full() first and waits while it is.
 *
 * Thread: the router's.
 * Spec:   docs/decisions/0002; docs/architecture.md "The bus".
 */
#ifndef ROUTER_BROADCAST_H
#define ROUTER_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/stats.h"

struct broadcast;
struct buf;
struct item;
struct loop;
struct tally;

struct broadcast_parts {
    struct loop *loop;
    const struct limits *limits;
    size_t frontends;                     /* how many will subscribe */
    struct stats *stats;                  /* the router's own */
    const struct stats *const *all_stats; /* where sent and drained are summed over */
    size_t stats_count;
};

/* Binds BUS_DOWN.
 * Borrows: what `parts` points to, until broadcast_free(). */
MUST_USE struct broadcast *broadcast_new(const struct broadcast_parts *parts);
void broadcast_free(struct broadcast *broadcast);

/* From now on every item is counted. Borrows: `tally`, NULL for none any more, until
 * broadcast_free(). */
void broadcast_count(struct broadcast *broadcast, struct tally *tally);

/* Takes in the subscriptions that have arrived. Called each turn: ZeroMQ would otherwise get to
 * them at a time of its own. Who publishes has no need to, for it cannot before all have come. */
void broadcast_turn(struct broadcast *broadcast);

/* Whether every frontend has subscribed, so that nothing sent from now on misses one. */
bool broadcast_is_complete(const struct broadcast *broadcast);

/* Puts `item` on the bus. */
void broadcast_item(struct broadcast *broadcast, const struct item *item);

/* Puts an item on the bus that was sealed before.
 * Takes: the content of `frame`. */
void broadcast_frame(struct broadcast *broadcast, struct buf *frame);

/* Asks every frontend question number `serial`, behind all items sent so far. */
void broadcast_question(struct broadcast *broadcast, uint64_t serial);

/* Tells every frontend to put its held long-polls to their origins again, behind all items sent so
 * far. */
void broadcast_recover(struct broadcast *broadcast);

/* Tells the frontend of the WebSocket with that number to let its origin be asked. */
void broadcast_refresh(struct broadcast *broadcast, uint64_t number);

/* Whether more than bus_frames or bus_bytes await the frontends, or their counts await us. */
bool broadcast_is_full(const struct broadcast *broadcast);

#endif
