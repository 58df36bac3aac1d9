/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The publish endpoint: a POST becomes items on the bus, or a sentence that
 * says why not. And the recover endpoint: every held long-poll is put to its
 * origin again, for when publications may have been lost.
 *
 *     POST ──► gate ──► room on the bus? ──► ingest ──► within reach? ──► bus ──► 200, report
 *                            │ no             │              │
 *                       waits in line        400            403
 *                            └─► 503 after publish_wait_ms
 *
 * Whoever comes while others wait stands behind them, so that what one
 * publisher sends over several connections keeps its order as well as it can.
 *
 * Thread: the router's.
 * Spec:   GRIP 6.1, 6.2; guide "Publishing".
 */
#ifndef ROUTER_PUBLISH_H
#define ROUTER_PUBLISH_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/config.h"
#include "common/stats.h"
#include "router/asked.h"

struct intake;
struct publish;
struct reports;

/* Borrows: everything until publish_free(). */
MUST_USE struct publish *publish_new(const struct config *config, struct intake *intake,
                                     struct reports *reports, struct stats *stats);

/* Every request must have been answered. */
void publish_free(struct publish *publish);

/* Answers `request` for one of the two endpoints, now or later. Borrows: `asked` during the call. */
void publish_take(struct publish *publish, h2o_req_t *request, const struct asked *asked,
                  uint64_t now_ms);

/* Serves who waits, a bounded number.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t publish_turn(struct publish *publish, uint64_t now_ms);

/* From now on connections are closed after their answer. */
void publish_close(struct publish *publish);

/* Refuses who still waits and who still comes: nothing more goes on the bus. */
void publish_end(struct publish *publish);

/* Appends what was counted for each publisher, in Prometheus' text format. */
void publish_write_metrics(struct publish *publish, struct buf *out);

#endif
