/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stats socket says of this node by itself: of channels when their
 * audience changes, and of numbers from time to time.
 *
 *     sub                a channel is heard, by how many, in which mode; or no more
 *     message            an item was heard, by how many, in which format
 *     activity, counts   what went on in the last tenth of a second, and
 *     report             every zmq_stats_interval (ledger.h)
 *
 * Thread: the router's. Time is passed in.
 * Spec:   GRIP 9.1.
 */
#ifndef ROUTER_STATSOCK_H
#define ROUTER_STATSOCK_H

#include <stdint.h>

#include "common/base.h"
#include "common/item.h"
#include "common/span.h"

struct ledger_parts;
struct statsock;
struct tallied;

/* Sends a report every `interval_ms`. Borrows: what `parts` points to, until statsock_free(). */
MUST_USE struct statsock *statsock_new(const struct ledger_parts *parts, uint64_t interval_ms,
                                       uint64_t now_ms);
/* NULL is accepted. */
void statsock_free(struct statsock *statsock);

/* Says how many holds of one kind hear `channel` (a demand_tell_fn of a struct statsock). */
void statsock_tell(void *context, struct span channel, enum format_kind format, uint32_t holds);

/* Says how many heard an item, for each format that anybody heard, and notes it for the reports of
 * its routes (a tally_tell_fn of a struct statsock). */
void statsock_tell_message(void *context, const struct tallied *item);

/* Says what is due.
 * Returns: milliseconds until it wants to be called again. */
uint64_t statsock_turn(struct statsock *statsock, uint64_t now_ms);

#endif
