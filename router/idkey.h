/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An id of a channel as the router remembers and compares it: by hashes.
 *
 *     channel ── 64 bits ──┐ seeds
 *     id ──────────────────┴─ 128 bits
 *
 * Wide, because two ids taken for one would be a message lost; seeded
 * (wire_channel_hash()), so that nobody can choose ids that meet.
 *
 * Thread: any; pure but for the seed of the process.
 */
#ifndef ROUTER_IDKEY_H
#define ROUTER_IDKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

struct idkey {
    uint64_t channel; /* wire_channel_hash() */
    uint64_t low;     /* what tables are indexed by */
    uint64_t high;
};

/* Returns: the key of `id` on the channel whose name hashes to `channel`. */
MUST_USE struct idkey idkey_of(uint64_t channel, struct span id);

static inline bool idkey_equal(const struct idkey *a, const struct idkey *b)
{
    return a->low == b->low && a->high == b->high && a->channel == b->channel;
}

#endif
