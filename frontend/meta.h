/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an origin wrote down about a connection, to be told again with every
 * request: Set-Meta-User: alice ─► Meta-User: alice.
 *
 * Thread: its frontend's.
 * Life:   `= {0}`, then meta_done(). Costs nothing while empty.
 * Spec:   GRIP 5.5, 5.10 "set-meta".
 */
#ifndef FRONTEND_META_H
#define FRONTEND_META_H

#include <stdbool.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/span.h"

struct meta_entry;

struct meta {
    struct meta_entry *first; /* owned, in the order of their first setting */
};

/* Sets `name` (compared without case), a token, to `value`; an empty value deletes it.
 * Returns: false where that would pass meta_per_hold or meta_bytes; nothing changed then. */
MUST_USE bool meta_set(struct meta *meta, struct span name, struct span value,
                       const struct limits *limits);

size_t meta_count(const struct meta *meta);

/* Writes the headers, "Meta-" before each name, to `out`. Borrows: until the next meta_set(). */
void meta_headers(const struct meta *meta, struct header *out);

void meta_done(struct meta *meta);

#endif
