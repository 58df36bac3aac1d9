/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes on a route: deliveries, messages and bytes between clients, us and their origins.
 *
 *     frontend 0   [route 0][route 1][route 2]      written by its thread
 *     frontend 1   [route 0][route 1][route 2]
 *                      └────────┴─ summed over the frontends by the router
 *
 * Routes without an id share number 0. As with stats.h, counting is an addition.
 *
 * Bytes are estimates, of what was said and not of how it was framed: a head counts its method and
 * path, or its status and reason, and the names and values of its headers. A message of a WebSocket
 * counts its content.
 *
 * Thread: written by its frontend, read by any.
 * Spec:   GRIP 9.1 "report"; docs/decisions/0019.
 */
#ifndef COMMON_TRAFFIC_H
#define COMMON_TRAFFIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

enum traffic_id {
#define TRAFFIC(name, key) TRAFFIC_##name,
#include "common/traffic.def"
    TRAFFIC_COUNT
};

/* Of one route on one frontend. */
struct traffic {
    _Atomic uint64_t values[TRAFFIC_COUNT];
};

/* The name of each in a report, "" where it is in none. */
extern const char *const traffic_keys[TRAFFIC_COUNT];

/* Adds to a number of one's own thread. */
static inline void traffic_add(struct traffic *traffic, enum traffic_id id, uint64_t by)
{
    uint64_t now = atomic_load_explicit(&traffic->values[id], memory_order_relaxed);
    atomic_store_explicit(&traffic->values[id], now + by, memory_order_relaxed);
}

static inline uint64_t traffic_read(const struct traffic *traffic, enum traffic_id id)
{
    return atomic_load_explicit(&traffic->values[id], memory_order_relaxed);
}

/* Returns: what the head of a request counts. */
size_t traffic_request_head(struct span method, struct span path, const struct header *headers,
                            size_t count);

/* Returns: what the head of an answer counts. */
size_t traffic_answer_head(struct span reason, const struct header *headers, size_t count);

#endif
