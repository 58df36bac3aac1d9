/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is heard on this node: each channel with a hold on any frontend, and for
 * a while each that had one.
 *
 *     frontends ── one more, one less ──► channel ──► SUB subscribes, unsubscribes
 *
 *     joins        ┌────────── heard ──────────┐      joins within zmq_linger_ms:
 *     ────────────►│ subscribed                │      nothing happens
 *                  └─ last leaves ─► lingering ┴─ zmq_linger_ms ─► unsubscribed, forgotten
 *
 * A long-poll leaves its channels with each message and joins them again with
 * the next request; meanwhile its publishers must not be told that nobody
 * listens.
 *
 * ZeroMQ matches by prefix: subscribed to "ab" the socket gets "abc", too.
 * demand_has() tells which messages were meant.
 *
 * Thread: the router's. Time is passed in.
 * Spec:   GRIP 6.6, 9.1.
 */
#ifndef ROUTER_DEMAND_H
#define ROUTER_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <czmq.h>

#include "common/base.h"
#include "common/item.h"
#include "common/limits.h"
#include "common/span.h"

struct demand;
struct interest;

/* For how long a reader of stats may believe what it was told last: it is told again before. */
#define DEMAND_TTL_S 60

/* How many holds of one kind hear a channel now; 0 for none any more. */
typedef void demand_tell_fn(void *context, struct span channel, enum format_kind format,
                            uint32_t holds);

/* Borrows: `limits` and `sub`, which may be NULL, until demand_free(). */
MUST_USE struct demand *demand_new(const struct limits *limits, zsock_t *sub);
void demand_free(struct demand *demand);

/* From now on tells what has changed, a moment later and at once for many changes, and each channel
 * again within DEMAND_TTL_S. That the last long-poll has gone is told when it has stayed away. */
void demand_report(struct demand *demand, demand_tell_fn *tell, void *context);

/* Takes in what a frontend told. */
void demand_take(struct demand *demand, const struct interest *interest, uint64_t now_ms);

/* Whether `channel` is heard, or was lately. */
bool demand_has(struct demand *demand, struct span channel);

/* Forgets who lingered for long enough and tells what is due, a bounded number each.
 * Returns: milliseconds until it wants to be called again. */
uint64_t demand_turn(struct demand *demand, uint64_t now_ms);

#endif
