/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids that were published: which are duplicates, and which have gone out.
 *
 *     accepted ──── dedup_window_ms ────► the same id is new again
 *     gone out ──────────────────────────────────────────────► still known as gone out
 *
 * Two memories answer. One holds the `known_ids` ids accepted last, whatever
 * their channel; past it the oldest leaves. The other (common/lastids.c) holds the
 * last id of each of `last_ids` channels, so that however busy the others are, the
 * next item of a quiet channel need not wait.
 *
 * Thread: the router's. Time is passed in.
 * Spec:   guide "De-duplication", "Sequencing"; docs/decisions/0012.
 */
#ifndef ROUTER_KNOWNIDS_H
#define ROUTER_KNOWNIDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/stats.h"
#include "router/idkey.h"

struct knownids;

/* Borrows: both, until knownids_free(). */
MUST_USE struct knownids *knownids_new(const struct limits *limits, struct stats *stats);

/* NULL is accepted. */
void knownids_free(struct knownids *knownids);

/* Notes that an item with this id has come.
 * Returns: false where the id was accepted within dedup_window_ms: the item is a duplicate, and
 *          the window stays where it was. */
MUST_USE bool knownids_accept(struct knownids *knownids, const struct idkey *key, uint64_t now_ms);

/* Notes that the item with this id has gone out. */
void knownids_note_out(struct knownids *knownids, const struct idkey *key, uint64_t now_ms);

/* Whether an item with this id has gone out, as far as is remembered. */
bool knownids_is_out(struct knownids *knownids, const struct idkey *key);

#endif
