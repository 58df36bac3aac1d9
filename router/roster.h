/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everybody who is connected to this node, over all frontends.
 *
 *     frontends ── one more, one less ──► by number, by id ──► conncheck, refresh
 *                                              │
 *               conn packets: connected, again and again, ended     report: how many,
 *                                                                   for how long, by route
 *
 * A reader of packets may believe what it was told for ROSTER_TTL_S. So each
 * connection is told again when it was told between 60 and 90 seconds ago; within
 * that time a share of them goes in each tick, and who came together is spread.
 *
 * Time is counted as Pushpin bills it: a connection has a minute when it begins, and one more
 * with each that it enters.
 *
 * Thread: the router's. Time is passed in.
 * Spec:   GRIP 9.1 (conn, report), 9.4; docs/decisions/0018.
 */
#ifndef ROUTER_ROSTER_H
#define ROUTER_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

struct attendance;
struct packets;
struct roster;
struct routes;

#define ROSTER_TTL_S 120

/* Tells by `packets`, NULL for nobody. Borrows: both, until roster_free(). */
MUST_USE struct roster *roster_new(struct packets *packets, const struct routes *routes);
void roster_free(struct roster *roster);

/* Takes in what a frontend told, and tells it on. */
void roster_take(struct roster *roster, const struct attendance *attendance, uint64_t now_ms);

/* Whether the connection of that id is there. */
bool roster_has(struct roster *roster, struct span id);

/* Returns: whether that is the id of a WebSocket that is there; then its number is in `*number`. */
MUST_USE bool roster_find_websocket(struct roster *roster, struct span id, uint64_t *number);

struct roster_report {
    uint64_t most;    /* connections at the same time */
    uint64_t minutes; /* that were begun */
};

/* Returns: what there was on the route with that number (0: on all that have no id) since the last
 * call. */
struct roster_report roster_report(struct roster *roster, uint16_t route);

/* Tells again, and counts minutes, a bounded number each.
 * Returns: milliseconds until it wants to be called again. */
uint64_t roster_turn(struct roster *roster, uint64_t now_ms);

#endif
