/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the router says: the SUB socket inside the loop (docs/architecture.md, trip 2).
 *
 * Each turn drains a bounded batch of frames and hands every publication to
 * its audience; a frame stays in memory as long as a socket still has to send
 * a part of it. Publications of one channel that come in a row are handed out
 * together, so a burst walks its audience once and lies side by side in each
 * queue: with 10,000 streams that saves a quarter of what a burst costs.
 *
 * What is published to channels without a subscriber counts, too: lastids.h.
 *
 * Questions travel the same way, so their answers, sent back through the PUSH
 * socket, are in order with the publications.
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_INBOX_H
#define FRONTEND_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"

struct attendance;
struct channels;
struct inbox;
struct interest;
struct lastids;
struct longpolls;
struct loop;
struct presences;
struct stats;
struct traffic;

struct inbox_parts {
    struct loop *loop;
    struct channels *channels;
    struct lastids *lastids;
    struct longpolls *polls;
    struct stats *stats;
    struct traffic *traffic; /* of each route, by its number */
    size_t routes;           /* how many those are */
    unsigned frontend;       /* our number, for answers */
};

/* Connects to the bus; the subscription is on its way when this returns.
 * Borrows: what `parts` points to, until inbox_free(). */
MUST_USE struct inbox *inbox_new(const struct inbox_parts *parts);
void inbox_free(struct inbox *inbox);

/* Tells the router, by the inbox `context`, that one more hold, or one less, hears a channel. */
void inbox_tell(void *context, const struct interest *interest);

/* Tells the router, by the inbox `context`, that one more client, or one less, is connected. */
void inbox_tell_attendance(void *context, const struct attendance *attendance);

/* From now on whom the router names of `presences` is refreshed. Borrows: it, until inbox_free(). */
void inbox_watch(struct inbox *inbox, struct presences *presences);

/* Drains a batch. Returns: whether more may be waiting. */
bool inbox_turn(struct inbox *inbox);

#endif
