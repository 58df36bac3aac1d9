/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator's tools ask the control listener, without a token: is the
 * broker alive (/healthz), does it take traffic (/readyz), what has it counted
 * (/metrics, Prometheus text 0.0.4).
 *
 * Thread: the router's.
 */
#ifndef ROUTER_ADMIN_H
#define ROUTER_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <h2o.h>

#include "common/buf.h"
#include "common/stats.h"
#include "router/asked.h"

struct broadcast;
struct health;
struct publish;

struct admin {
    const struct health *health;
    const struct broadcast *broadcast;
    struct publish *publish;
    const struct stats *const *all_stats;
    size_t stats_count;
    bool is_open; /* whether publishers and clients are served: what /readyz says first */
};

/* Answers a request for one of the three endpoints. */
void admin_take(const struct admin *admin, h2o_req_t *request, enum endpoint endpoint,
                uint64_t now_ms);

/* Appends all numbers, summed over the threads, to `out`. */
void admin_write_metrics(struct buf *out, const struct stats *const *all_stats, size_t count);

#endif
