/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way in for publications, whatever door they came through: an HTTP
 * request or a ZeroMQ message.
 *
 *     batch ──► intake ──► broadcast ──► every frontend
 *
 * What was taken is delivered: nothing is refused here.
 *
 * Thread: the router's.
 */
#ifndef ROUTER_INTAKE_H
#define ROUTER_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/stats.h"

struct broadcast;
struct intake;
struct item;

/* What became of an item that was taken. */
enum fate {
    FATE_SENT,      /* it is on the bus */
    FATE_DUPLICATE, /* its id was published before: nobody gets it again */
    FATE_WAITING,   /* it waits for the item before it */
};

/* Borrows: all three, until intake_free(). */
MUST_USE struct intake *intake_new(struct broadcast *broadcast, const struct limits *limits,
                                   struct stats *stats);
void intake_free(struct intake *intake);

/* Whether publishers have to wait: the bus is full. */
bool intake_is_full(const struct intake *intake);

/* Has every held long-poll put to its origin again, and the last ids forgotten that frontends hold
 * against an origin's prev-id (GRIP 6.1). What is known here only ever lets an item go: it stays. */
void intake_recover(struct intake *intake);

/* Lets the WebSocket with that number (common/attendance.h) ask its origin. */
void intake_refresh(struct intake *intake, uint64_t number);

/* Takes `count` items in, one after the other. Where `fates` is not NULL, it is told of each what
 * became of it when its turn came.
 * Borrows: the items and what they refer to, during the call. */
void intake_take(struct intake *intake, const struct item *items, size_t count, uint64_t now_ms,
                 enum fate *fates);

/* Sends what has waited long enough.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t intake_turn(struct intake *intake, uint64_t now_ms);

/* Sends all that waits; from now on nothing does. */
void intake_end(struct intake *intake, uint64_t now_ms);

#endif
