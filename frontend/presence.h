/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that is connected, as the outside is told of it.
 *
 *     request ─► origin asked ──────────► answered          begun; ended
 *                    │    ▲ once more
 *                    └────┴─► hold ─────► gone              handed on with the request; ended
 *
 * It belongs to what serves the client at the time: the client (client_life.h), its
 * hold (hold.h), or the connection that goes back to be asked once more (struct
 * retry). Each word of it goes to the router (common/attendance.h). Where nobody
 * outside may ask, there is none: every pointer is NULL, and so says nothing.
 *
 * Clients may come and go faster than the router hears of it: past bus_words it is not told of
 * further requests. WebSockets are always told of; they come with a handshake each.
 *
 * A number, ours and unique in the process, is its name on the bus. WebSockets
 * can be found by it.
 *
 * Thread: its frontend's.
 * Life:   presence_of_request() or presence_of_websocket(), then presence_end().
 * Spec:   GRIP 9.1 (conn), 9.4 (conncheck, refresh).
 */
#ifndef FRONTEND_PRESENCE_H
#define FRONTEND_PRESENCE_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/stats.h"

struct attendance;
struct hold;
struct kept;
struct presence;
struct presences;
struct route;

/* One client more, or less, is connected. */
typedef void presences_tell_fn(void *context, const struct attendance *attendance);

struct presences_parts {
    uint64_t first; /* numbers go up from it */
    presences_tell_fn *tell;
    void *context;
    const struct limits *limits;
    struct stats *stats;                  /* the frontend's own */
    const struct stats *const *all_stats; /* every thread's, for what awaits the router */
    size_t stats_count;
};

/* Borrows: what `parts` points to, until presences_free(). */
MUST_USE struct presences *presences_new(const struct presences_parts *parts);

/* All must have ended. NULL is accepted. */
void presences_free(struct presences *presences);

/* `request` is about to be put to the origin of `route`. Returns: NULL where `presences` is, or where
 * more than bus_words await the router: then nobody is told of it. */
MUST_USE struct presence *presence_of_request(struct presences *presences, h2o_req_t *request,
                                              const struct route *route);

/* The handshake `request` is about to be put to the origin of `route`; its WebSocket is `hold` and
 * has its id from `kept`. Borrows: `hold`, until presence_end(). Returns: NULL where `presences`
 * is. */
MUST_USE struct presence *presence_of_websocket(struct presences *presences, h2o_req_t *request,
                                                const struct route *route, struct hold *hold,
                                                const struct kept *kept);

/* Returns: what is at `*presence`, to be handed on; leaves NULL. */
MUST_USE struct presence *presence_take(struct presence **presence);

/* The client has gone. NULL is accepted. */
void presence_end(struct presence *presence);

/* Returns: the WebSocket whose number that is, NULL where it is none of ours. */
struct hold *presences_websocket(struct presences *presences, uint64_t number);

#endif
