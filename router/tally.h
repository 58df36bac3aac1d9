/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items on their way to their audience of which it is told how many heard them.
 *
 *     broadcast ── number ──► on the bus ──► frontend 0 ── hearing ──┐
 *         │                              └─► frontend 1 ── hearing ──┴─► sum ─► told
 *         └─ channel, id ─────────── kept until all have answered ───────┘
 *
 * Only where somebody reads stats. An item that has a number already, because its publisher asked
 * for a report, keeps it: both are counted by the same words.
 *
 * What is under way counts as waiting on the bus until the last frontend has answered: publishers
 * wait while more than bus_words hearings are awaited or more than bus_bytes are kept for them.
 *
 * Thread: the router's.
 * Spec:   GRIP 9.1 "message"; docs/decisions/0019.
 */
#ifndef ROUTER_TALLY_H
#define ROUTER_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/item.h"
#include "common/limits.h"
#include "common/span.h"

struct buf;
struct hearing;
struct tally;

/* An item that every frontend has answered for. */
struct tallied {
    struct span channel;
    struct span id;               /* at == NULL: none given */
    uint32_t heard[FORMAT_COUNT]; /* by how many */
    const uint16_t *routes;       /* the numbers of those with an id where anybody did, once each */
    size_t route_count;
};

/* Borrows: what `item` refers to, during the call. */
typedef void tally_tell_fn(void *context, const struct tallied *item);

struct tally_parts {
    const struct limits *limits;
    size_t frontends; /* how many answer for each item */
    size_t routes;    /* with an id: their numbers are 1 to this one */
    tally_tell_fn *tell;
    void *context;
};

/* Borrows: what `parts` points to, until tally_free(). */
MUST_USE struct tally *tally_new(const struct tally_parts *parts);

/* What is still awaited is not told. NULL is accepted. */
void tally_free(struct tally *tally);

/* A sealed item is about to go on the bus: gives it a number where it has none. */
void tally_begin(struct tally *tally, struct buf *frame);

/* Takes in what a frontend told; where it is the last, tells of the item. */
void tally_take(struct tally *tally, const struct hearing *hearing);

/* Whether publishers have to wait. */
bool tally_is_full(const struct tally *tally);

#endif
