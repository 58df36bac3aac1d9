/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who heard a run of publications: how many holds of each route and kind, for each publication.
 *
 *                            1st 2nd 3rd      the run, at most HEARD_RUN
 *     route 0  http-stream    12  12   0      the third has nothing for streams
 *              ws-message      3   3   3
 *     route 7  http-stream     1   1   0
 *
 * While an audience is walked, a hold costs one addition for each publication. What anybody wants
 * to know is summed up afterwards, once for the whole audience: the counts of a publication, its
 * routes, what a route was sent.
 *
 * Thread: its frontend's.
 * Life:   heard_init(), heard_done(); heard_clear() between two runs.
 */
#ifndef FRONTEND_HEARD_H
#define FRONTEND_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/check.h"
#include "common/hearing.h"
#include "common/item.h"
#include "common/traffic.h"

struct publication;

/* Publications handed to an audience together, at most. */
#define HEARD_RUN 32

struct heard_route {
    uint32_t counts[FORMAT_COUNT][HEARD_RUN];
    bool is_touched;
};

struct heard {
    size_t routes;
    struct heard_route *all; /* owned, by the number of the route */
    uint16_t *touched;       /* owned: the numbers of those with holds in the audience */
    size_t touched_count;
    uint16_t *told; /* owned: what heard_sum() lends */
};

/* For routes with the numbers below `routes`. */
void heard_init(struct heard *heard, size_t routes);
void heard_done(struct heard *heard);

void heard_touch(struct heard *heard, uint16_t route);

/* Returns: the counts of holds of `route` that hear `format`, one for each publication of the run,
 * to be added to. */
static inline uint32_t *heard_row(struct heard *heard, uint16_t route, enum format_kind format)
{
    CHECK(route < heard->routes);
    struct heard_route *row = &heard->all[route];
    if (!row->is_touched)
        heard_touch(heard, route);
    return row->counts[format];
}

/* Sums up who heard the publication at `place` in the run.
 * Borrows: the routes of `hearing`, until the next call. */
void heard_sum(struct heard *heard, size_t place, struct hearing *hearing);

/* Counts what the run came to for each route in `traffic`, which goes by their numbers: deliveries,
 * and what clients got but for long-polls, each of which gets an answer of its own.
 * Cost: by the routes that heard anything. */
void heard_count(const struct heard *heard, const struct publication *run, size_t len,
                 struct traffic *traffic);

/* Forgets what was counted. Cost: by the routes that heard anything. */
void heard_clear(struct heard *heard);

#endif
