/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages for those who watch: /healthz, /readyz, /metrics, and / which says
 * what this is.
 *
 * Healthy means that a restart would not help; ready means that publications
 * are taken now. Neither needs a token.
 *
 * Thread: the router's.
 */
#ifndef ROUTER_ADMIN_H
#define ROUTER_ADMIN_H

#include <stddef.h>
#include <stdint.h>

#include <h2o.h>

#include "common/stats.h"
#include "router/asked.h"

struct broadcast;
struct health;

enum phase { STARTING, OPEN, STOPPING };

/* What the pages tell of; all borrowed. */
struct admin {
    enum phase phase;
    const struct broadcast *broadcast;
    struct health *health;
    const struct stats *const *all_stats;
    size_t stats_count;
};

/* Answers a request for any page but that of publishing. */
void admin_take(const struct admin *admin, h2o_req_t *request, enum page page, uint64_t now_ms);

#endif
