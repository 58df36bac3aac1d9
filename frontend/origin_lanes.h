/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many exchanges one origin gets at a time, and who waits for their turn.
 *
 *     origin a:80    in flight 512 of 512   waiting: place, place, place
 *     origin b:443   in flight 3 of 512     waiting: nobody
 *
 * An origin (scheme, host, port) has a lane exactly as long as somebody is in
 * it. A slow origin then fills its own lane and nobody else's.
 *
 * Thread: one table per frontend.
 */
#ifndef FRONTEND_ORIGIN_LANES_H
#define FRONTEND_ORIGIN_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base.h"
#include "common/list.h"
#include "common/route.h"

struct lanes; /* the table */
struct lane;  /* one origin */

/* Embedded in whatever wants a turn; all zero: in no lane. */
struct place {
    struct list node; /* in the queue of the lane */
    struct lane *lane;
};

enum lanes_result {
    LANES_GO,   /* in flight at once */
    LANES_WAIT, /* lanes_leave() of somebody else will name this place */
    LANES_FULL, /* the queue is full; the place is in no lane */
};

MUST_USE struct lanes *lanes_new(size_t most_in_flight, size_t most_waiting);

/* Wants every place gone first. */
void lanes_free(struct lanes *lanes);

/* Puts `place` into the lane of `target`'s origin.
 * Borrows: `place` until lanes_leave(). */
MUST_USE enum lanes_result lanes_enter(struct lanes *lanes, const struct target *target,
                                       struct place *place);

/* Whether `place` waits for its turn. */
static inline bool place_is_waiting(const struct place *place)
{
    return list_is_linked(&place->node);
}

/* Leaves the lane; a place in none stays as it is.
 * Returns: who is in flight in its stead, or NULL. */
MUST_USE struct place *lanes_leave(struct lanes *lanes, struct place *place);

/* How many origins have somebody in their lane. */
size_t lanes_count(const struct lanes *lanes);

#endif
