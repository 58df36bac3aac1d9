/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: what became of each item of a publish request whose publisher asked.
 *
 *     batch ──► numbers ──► intake ──► fates ──┬─► nothing on the bus: answered at once
 *                                              └─► waits for the counts of all frontends,
 *                                                  at most report_wait_ms
 *
 *     {"message":"Published","partial":false,"items":[
 *      {"id":"1","status":"delivered","subscribers":{"http-stream":3,"ws-message":1}},
 *      {"id":"2","status":"duplicate"},{"status":"waiting"}]}
 *
 * The numbers travel with the items (struct item, number): 44 bits for the
 * request, 20 for the place in it. Items of others carry none, and nobody counts
 * for them.
 *
 * Thread: the router's. Time is passed in.
 * Life:   a report is in the pool of its request, and gone with it.
 * Spec:   docs/architecture.md "The bus"; RFC 7240 (Prefer: return=representation).
 */
#ifndef ROUTER_REPORTS_H
#define ROUTER_REPORTS_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "router/intake.h"

struct batch;
struct hearing;
struct report;
struct reports;

MUST_USE struct reports *reports_new(size_t frontends, uint64_t wait_ms);

/* Every report must have been answered. */
void reports_free(struct reports *reports);

/* Has `intake` take `batch` in, whose items get numbers, and answers `request` now or later.
 * Borrows: `batch`, during the call. */
void reports_begin(struct reports *reports, h2o_req_t *request, struct intake *intake,
                   struct batch *batch, uint64_t now_ms);

/* Takes a count in; one that nobody waits for any more is let go. */
void reports_take(struct reports *reports, const struct hearing *hearing);

/* Answers those that have waited long enough, as partial.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t reports_turn(struct reports *reports, uint64_t now_ms);

/* Answers all that wait, as partial, and has their connections closed. */
void reports_end(struct reports *reports);

#endif
