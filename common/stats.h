/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters: one struct per thread, summed by whoever reads.
 *
 * A thread writes only its own struct, with relaxed atomics, so counting is
 * an ordinary addition; a reader sees each number whole but not all of them
 * at one instant.
 *
 * Thread: written by its owner, read by any.
 */
#ifndef COMMON_STATS_H
#define COMMON_STATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

enum stat_id {
#define STAT(name, kind, help) STAT_##name,
#include "common/stats.def"
    STAT_COUNT
};

enum stat_kind { STAT_IS_COUNTER, STAT_IS_GAUGE };

struct stat_row {
    const char *name, *help;
    enum stat_kind kind;
};

struct stats {
    _Atomic uint64_t values[STAT_COUNT];
    _Atomic uint64_t ends[REASON_COUNT]; /* requests and holds ended, by reason */
};

extern const struct stat_row stat_rows[STAT_COUNT];

/* Adds to a number of one's own thread; `by` may be negative for a gauge. */
static inline void stats_add(struct stats *stats, enum stat_id stat, int64_t by)
{
    uint64_t now = atomic_load_explicit(&stats->values[stat], memory_order_relaxed);
    atomic_store_explicit(&stats->values[stat], now + (uint64_t)by, memory_order_relaxed);
}

static inline uint64_t stats_read(const struct stats *stats, enum stat_id stat)
{
    return atomic_load_explicit(&stats->values[stat], memory_order_relaxed);
}

/* Returns: a number summed over the threads whose structs `all` has. */
uint64_t stats_sum(const struct stats *const *all, size_t count, enum stat_id stat);

/* Returns: what was sent and not drained, over all threads; any of them may go on meanwhile. */
uint64_t stats_waiting(const struct stats *const *all, size_t count, enum stat_id sent,
                       enum stat_id drained);

/* Counts one more end for `reason`. */
static inline void stats_end(struct stats *stats, enum reason reason)
{
    uint64_t now = atomic_load_explicit(&stats->ends[reason], memory_order_relaxed);
    atomic_store_explicit(&stats->ends[reason], now + 1, memory_order_relaxed);
}

#endif
