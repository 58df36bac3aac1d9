/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the frontends turning? Each second they are asked, down the bus; their
 * answers come up another way. One that owes an answer for longer than
 * frontend_late_ms is late.
 *
 *     ask 1      ask 2      ask 3
 *       │  answer 1           │
 *       ├────►     ├──────────┼────────── silent since ask 2 ────────► late
 *
 * Silence is counted from the first question that was not answered, not from
 * the last answer: a machine that slept for a minute has nobody late. While one
 * frontend is late nobody is asked, or questions would pile up behind it.
 *
 * Thread: the router's. Time is passed in.
 */
#ifndef ROUTER_HEALTH_H
#define ROUTER_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"

struct broadcast;
struct health;
struct question_answer;

/* Borrows: `broadcast` until health_free(). */
MUST_USE struct health *health_new(struct broadcast *broadcast, size_t frontends, uint64_t late_ms);
void health_free(struct health *health);

/* Takes an answer in. */
void health_take(struct health *health, const struct question_answer *answer, uint64_t now_ms);

/* Asks where it is time to, once the answers are in.
 * Returns: milliseconds until it wants to be called again. */
uint64_t health_turn(struct health *health, uint64_t now_ms);

/* Whether a frontend is late; then `*frontend` is its number, `*silent_ms` for how long. */
bool health_is_late(const struct health *health, uint64_t now_ms, unsigned *frontend,
                    uint64_t *silent_ms);

#endif
