/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The publish endpoint: a POST becomes publications on the bus, or an answer
 * that says why not.
 *
 *     405 the method            413 the length of the body
 *     403 a stranger's page     503 no room on the bus, or stopping
 *     401 the token             400 what the body says
 *     406 the kind of answer    200 every item is on the bus
 *
 * The questions are asked in this order. h2o has collected the body before a
 * handler runs, but nothing here looks at it before the token.
 *
 * While the bus is full, requests wait here in the order they came, each with
 * its body unread and at most publish_wait_ms.
 *
 * Thread: the router's.
 * Spec:   guide "Publishing"; GRIP 6.1, 6.2; docs/decisions/0009.
 */
#ifndef ROUTER_PUBLISH_H
#define ROUTER_PUBLISH_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "common/config.h"
#include "common/stats.h"

struct broadcast;
struct publish;

/* Borrows: all of them until publish_free(). */
MUST_USE struct publish *publish_new(const struct config *config, struct broadcast *broadcast,
                                     struct stats *stats);

/* No request may wait any more. */
void publish_free(struct publish *publish);

/* Answers the request, now or when the bus has room. */
void publish_take(struct publish *publish, h2o_req_t *request, uint64_t now_ms);

/* Answers a malformed request that may have been meant for us. */
void publish_refuse(struct publish *publish, h2o_req_t *request, unsigned status, const char *why);

/* Called each turn: lets one of those who wait publish, refuses those who waited too long.
 * Returns: milliseconds until it wants to be called again, LOOP_NEVER while nobody waits. */
uint64_t publish_turn(struct publish *publish, uint64_t now_ms);

/* Refuses whoever waits and whoever comes from now on. */
void publish_close(struct publish *publish);

#endif
