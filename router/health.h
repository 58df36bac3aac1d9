/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the frontends still turn.
 *
 * A process that answers is not yet one that delivers, so each second a
 * question travels down the bus behind the publications and every frontend
 * answers it on the way back. Only one question is under way at a time.
 *
 *     XPUB  'Q' 7  ─►  SUB frontend 0, 1
 *     PULL  'A' 7 0, 'A' 7 1  ◄─  PUSH
 *
 * Thread: the router's. Time comes in as an argument.
 * Spec:   common/question.h; docs/architecture.md "The bus".
 */
#ifndef ROUTER_HEALTH_H
#define ROUTER_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/loop.h"

struct broadcast;
struct health;

/* Borrows: both until health_free(). */
MUST_USE struct health *health_new(struct loop *loop, struct broadcast *broadcast,
                                   size_t frontends);
void health_free(struct health *health);

/* Called each turn while the frontends are wanted alive: takes answers, asks again.
 * Returns: milliseconds until it wants to be called again. */
uint64_t health_turn(struct health *health, uint64_t now_ms);

/* Returns: NULL while all is well, else a sentence; borrowed until the next call. */
const char *health_complaint(struct health *health, uint64_t now_ms);

#endif
