/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which holds of this frontend listen to which channel.
 *
 * A hold subscribes to a few channels; a channel has few or very many holds.
 * Each subscription is one `struct sub` that sits on two lists at once, so
 * both questions have a short answer:
 *
 *     channel "news"   -> sub -> sub -> sub          who hears this item?
 *                          |      |      |
 *     hold #1 <------------'      |      |           what did I subscribe to?
 *     hold #2 <-------------------'      |
 *     hold #3 <--------------------------'
 *
 * A channel exists exactly as long as it has a subscriber, so memory follows
 * the audience and not the imagination of publishers.
 *
 * Thread: one table per frontend, touched by no other.
 * Spec:   GRIP 2.3 "Grip-Channel"; docs/architecture.md, trip 1 and trip 2.
 */
#ifndef FRONTEND_CHANNELS_H
#define FRONTEND_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

struct channels;
struct heard;
struct hold;
struct holds;
struct interest;
struct publication;

MUST_USE struct channels *channels_new(struct holds *holds);

/* One hold more, or less, hears a channel. */
typedef void channels_told_fn(void *context, const struct interest *interest);

/* From now on tells of joining and leaving: `is_each` of each hold's, else of a channel's first and
 * last. The table must be empty. */
void channels_watch(struct channels *table, channels_told_fn *told, void *context, bool is_each);

/* Every hold must have left. NULL is accepted. */
void channels_free(struct channels *table);

/* Adds `hold` to the audience of `name`; joining twice changes nothing.
 * Borrows: `name` during the call (a channel keeps its own copy), `hold` until
 *          channels_leave_all().
 * Cost:    one allocation per new channel; subscriptions come from a slab. */
void channels_join(struct channels *table, struct hold *hold, struct span name);

/* Takes `hold` out of the audience of `name`, if it is there. Not during a delivery. */
void channels_leave(struct channels *table, struct hold *hold, struct span name);

/* How many channels `hold` listens to. */
size_t channels_count(const struct hold *hold);

/* Forgets every subscription of `hold`. */
void channels_leave_all(struct channels *table, struct hold *hold);

/* Hands a run of `count` publications, at least one and all of one channel, to each hold in its
 * audience, in the order they joined: what comes together lies together in each hold's queue. Who
 * heard what is added to `heard`.
 * Returns: how many were heard; 0 when nobody on this frontend listens. */
size_t channels_deliver(struct channels *table, const struct publication *publications,
                        size_t count, struct heard *heard);

#endif
