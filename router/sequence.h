/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items that wait for the one before them, and the order in which they go.
 *
 *     published       4 after 3    5 after 4    3 after 2         2 is missing
 *
 *     gaps            3 ◄── 4      4 ◄── 5      2 ◄── 3           2 comes: 3, 4, 5 go
 *                                                                 nothing comes: 3, 4, 5 go
 *
 * Each waits in the gap that its prev-id names; several may wait in one. When the
 * missing item has gone out, those in its gap are ready in the order in which they
 * came, and when each has gone, those in its own gap. Whoever has waited for
 * sequence_wait_ms, or is the oldest where there is no more room, goes too, and first
 * the one it waits for, as long as that one waits here itself: the head of its chain.
 * So no item is ever dropped, and none goes before one that has come.
 *
 * Only the owner sends: it pops what is ready, sends it, tells sequence_fill() that it
 * has gone and gives it back.
 *
 * Thread: the router's. Time is passed in.
 * Life:   a waiter is sequence_add()'s until sequence_pop(), then the caller's until
 *         sequence_drop().
 * Spec:   guide "Sequencing"; docs/decisions/0012.
 */
#ifndef ROUTER_SEQUENCE_H
#define ROUTER_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/limits.h"
#include "common/list.h"
#include "common/stats.h"
#include "common/table.h"
#include "router/idkey.h"

struct gap;
struct sequence;

/* An item that waits, or is ready. */
struct waiter {
    struct buf frame; /* the item, sealed; who sends it takes it */
    struct idkey id;
    bool has_id;

    /* Everything below is the sequence's. */
    bool is_named;           /* it is the one that is found by its id */
    struct table_node by_id; /* its hash is id.low */
    struct list by_age;
    struct list place; /* in the line of its gap, then among those that are ready */
    struct gap *gap;   /* NULL once it is ready */
    size_t charge;     /* bytes */
    uint64_t until_ms;
    uint64_t visit; /* the last walk that came by */
};

/* Borrows: both, until sequence_free(). */
MUST_USE struct sequence *sequence_new(const struct limits *limits, struct stats *stats);

/* What still waits is lost. NULL is accepted. */
void sequence_free(struct sequence *sequence);

/* Whether an item with this id waits. */
bool sequence_has(struct sequence *sequence, const struct idkey *id);

/* Whether there is room for one more item whose frame takes `bytes`. */
bool sequence_has_room(const struct sequence *sequence, size_t bytes);

/* Lets an item wait for the one with the id `prev`, which must not have gone out; `id` is its
 * own, NULL for none.
 * Takes: the content of `frame`. */
void sequence_add(struct sequence *sequence, const struct idkey *id, const struct idkey *prev,
                  struct buf *frame, uint64_t now_ms);

/* The item with this id has gone out: who waits for it is ready. */
void sequence_fill(struct sequence *sequence, const struct idkey *id);

/* When the oldest has waited for long enough, LOOP_NEVER where nobody waits. */
uint64_t sequence_due_ms(const struct sequence *sequence);

/* Makes ready the head of the chain in which the oldest waits; somebody must be waiting. */
void sequence_release(struct sequence *sequence);

/* Returns: the next one that is ready, or NULL; give it back with sequence_drop(). */
MUST_USE struct waiter *sequence_pop(struct sequence *sequence);
void sequence_drop(struct sequence *sequence, struct waiter *waiter);

#endif
