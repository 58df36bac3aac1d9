/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters as Prometheus reads them, made from stats.def and reasons.def.
 *
 *     holdfast_holds 12
 *     holdfast_items_published_total 3401
 *     holdfast_ended_total{reason="slow_client"} 2
 *
 * Thread: any; reads counters of others with atomics.
 * Spec:   Prometheus text exposition format 0.0.4.
 */
#ifndef ROUTER_METRICS_H
#define ROUTER_METRICS_H

#include <stddef.h>

#include "common/buf.h"
#include "common/stats.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends each number, summed over the `count` threads of `all`. */
void metrics_write(struct buf *out, const struct stats *const *all, size_t count);

#endif
