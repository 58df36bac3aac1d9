/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prev-ids of a hold: for each such channel the id after which its client
 * wants to hear on.
 *
 *     Grip-Channel: fruit; prev-id=3, veg      an origin's answer
 *              │
 *     struct previds: fruit ─► 3
 *              │
 *     Grip-Last: fruit; last-id=3              when the origin is asked once more
 *
 * One block, allocated only where a channel has a prev-id. What is compared
 * are hashes; the words are there for the origin.
 *
 * Thread: its frontend's.
 * Life:   previds_new(), free().
 * Spec:   GRIP 3.1, 3.2; docs/decisions/0005.
 */
#ifndef FRONTEND_PREVIDS_H
#define FRONTEND_PREVIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/instruct.h"
#include "common/span.h"

struct lastids;
struct presence;
struct publication;

struct previd {
    uint64_t channel; /* the hash of its name, the route's prefix included */
    uint64_t id;      /* lastids_hash() */
    struct span last; /* "fruit; last-id=3", as the origin knows the channel */
};

struct previds {
    size_t count;
    struct previd at[];
};

/* What a request that is put to its origin once more takes along. */
struct retry {
    struct previds *previds;   /* owned, or NULL */
    struct presence *presence; /* owned: it has not gone meanwhile; or NULL */
    bool is_persistent;        /* the connection may serve another request afterwards */
};

/* Returns: the prev-ids of `told`, caller frees; NULL where there are none. `prefix` is the
 * route's. */
MUST_USE struct previds *previds_new(const struct instruct *told, const char *prefix);

/* Whether a channel's last id is known and not its prev-id; then something was missed. Of each such
 * channel the last id is forgotten: whoever is told the same again is believed. NULL for none. */
bool previds_are_behind(const struct previds *previds, struct lastids *lastids);

/* Whether `publication` is what comes next on its channel. NULL for none: anything does. */
bool previds_precede(const struct previds *previds, const struct publication *publication);

#endif
