/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP/1 connections of a thread, while they are h2o's: who takes nothing of an answer for
 * `stall_wait_ms` is cut. Holds (holds.h) and HTTP/2 (h2gate.h) have their own watches.
 *
 *     all ─► looked at longest ago ─► ... ─► looked at just now
 *
 * Thread: the loop's.
 * Life:   a struct stallable is embedded in its connection, which takes it off by
 *         stallable_done() before it goes.
 */
#ifndef COMMON_STALLS_H
#define COMMON_STALLS_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "common/list.h"
#include "common/stall.h"
#include "common/stats.h"

struct stalls {
    uint64_t wait_ms;
    struct stats *stats;
    struct list all;
};

struct stallable {
    struct list node;
    h2o_socket_t *socket; /* borrowed */
    uint64_t looked_ms;
    struct stall stall;
};

/* Borrows: `stats`. */
void stalls_init(struct stalls *stalls, uint64_t wait_ms, struct stats *stats);

/* From now on `socket` is watched. */
void stalls_watch(struct stalls *stalls, struct stallable *stallable, h2o_socket_t *socket,
                  uint64_t now_ms);

/* One that was never watched is accepted. */
void stallable_done(struct stallable *stallable);

/* Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t stalls_turn(struct stalls *stalls, uint64_t now_ms);

#endif
