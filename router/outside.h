/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZeroMQ of the outside, whole: the sockets and those who read and write them,
 * in the order of a turn.
 *
 *     zap        who may connect
 *     demand     what is heard here ──► SUB's subscriptions, stats
 *     roster     who is connected ──► stats
 *     inputs     PULL, SUB ──► intake
 *     commands   REP ──► intake, replies
 *     statsock    PUB  ◄── tally ◄── what frontends tell of each item
 *
 * Thread: the router's.
 * Life:   reads from when the router is open until it has closed and nothing is left
 *         to read; before and after, ZeroMQ keeps what peers send.
 * Spec:   docs/decisions/0014.
 */
#ifndef ROUTER_OUTSIDE_H
#define ROUTER_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/stats.h"

struct attendance;
struct broadcast;
struct hearing;
struct intake;
struct interest;
struct loop;
struct outside;
struct traffic;
struct zsockets;

/* As a commands_hear_fn (commands.h). */
typedef bool outside_hear_fn(void *context, uint64_t *until);

struct outside_parts {
    struct loop *loop;
    struct zsockets *sockets; /* taken */
    struct broadcast *broadcast;
    struct intake *intake;
    outside_hear_fn *hear;
    void *hear_context;
    struct stats *stats; /* the router's own */
    const struct stats *const *all_stats;
    size_t stats_count;
    struct traffic *const *traffic; /* of each frontend */
    size_t frontends;
};

/* Borrows: what `parts` points to, until outside_free(). */
MUST_USE struct outside *outside_new(const struct outside_parts *parts);
void outside_free(struct outside *outside);

/* Takes in what a frontend told of its audiences. */
void outside_take(struct outside *outside, const struct interest *interest, uint64_t now_ms);

/* Takes in what a frontend told of who is connected. */
void outside_take_attendance(struct outside *outside, const struct attendance *attendance,
                             uint64_t now_ms);

/* Takes in how an item was heard on a frontend. NULL is accepted. */
void outside_take_hearing(struct outside *outside, const struct hearing *hearing);

/* Does what is due; items and commands are read only where `may_read`.
 * Returns: milliseconds until it wants to be called again. */
uint64_t outside_turn(struct outside *outside, bool may_read, uint64_t now_ms);

/* From now on nobody new connects. */
void outside_close(struct outside *outside);

/* Whether the last turn left nothing to be read. */
bool outside_is_read(const struct outside *outside);

#endif
