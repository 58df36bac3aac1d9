/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The router's end of the bus: one frame in, the same bytes at every frontend.
 *
 *     item ─ wire_seal ─► frame ─► XPUB ─┬─► SUB  frontend 0
 *                        (one copy)      └─► SUB  frontend 1
 *
 * No high-water mark: ZeroMQ drops silently at one. What the frontends have
 * not drained yet is counted instead, and at the limits bus_frames and
 * bus_bytes the bus is full: whoever publishes has to wait.
 *
 * Thread: the router's; of the frontends it reads counters only.
 * Spec:   docs/architecture.md "The bus"; docs/decisions/0002.
 */
#ifndef ROUTER_BROADCAST_H
#define ROUTER_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/item.h"
#include "common/limits.h"
#include "common/loop.h"
#include "common/stats.h"

struct broadcast;

struct broadcast_parts {
    struct loop *loop;
    const struct limits *limits;
    size_t frontends;                     /* subscriptions to wait for */
    struct stats *stats;                  /* the router's */
    const struct stats *const *all_stats; /* every thread's, the router's among them */
    size_t stats_count;
};

struct backlog {
    uint64_t frames, bytes;
};

/* Borrows: what `parts` points to, until broadcast_free(). */
MUST_USE struct broadcast *broadcast_new(const struct broadcast_parts *parts);
void broadcast_free(struct broadcast *broadcast);

/* Called each turn: takes note of subscriptions. */
void broadcast_turn(struct broadcast *broadcast);

/* Whether every frontend has subscribed: what is sent from now on reaches all. */
bool broadcast_is_ready(const struct broadcast *broadcast);

/* What was sent and not yet drained, summed over the frontends. */
struct backlog broadcast_backlog(const struct broadcast *broadcast);
bool broadcast_is_full(const struct broadcast *broadcast);

/* Seals the item and sends it to every frontend; never fails, never waits.
 * Cost: one allocation, about 150 ns per frontend. */
void broadcast_send(struct broadcast *broadcast, const struct item *item);

/* Sends a frame that is sealed already, or a question (common/question.h).
 * Takes: what is in `frame`. */
void broadcast_send_frame(struct broadcast *broadcast, struct buf *frame);

#endif
