/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of things that embed their own node.
 *
 * Keys are the owner's business: it brings a 64-bit hash (seeded, so that no
 * outsider can choose collisions) and a function that says whether a node is
 * the one meant. The table doubles one bucket at a time: no operation ever
 * moves more than two buckets, so a million channels do not stop a thread.
 *
 *     old buckets   [moved][moved][  ][  ]        nodes wander from the old array
 *     new buckets   [ ][ ][ ][ ][ ][ ][ ][ ]      to the new one, two buckets a call
 *
 * Thread: whoever owns it.
 * Life:   table_init(), then table_done() when it is empty.
 */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"

struct table_node {
    struct table_node *next;
    uint64_t hash;
};

struct table {
    struct table_node **buckets;
    size_t mask;             /* buckets minus one */
    struct table_node **old; /* the smaller array that is being emptied, or NULL */
    size_t old_mask;
    size_t moved; /* buckets of `old` that are empty for good */
    size_t count;
};

/* Whether `node` has the key `key`; asked only for nodes of the right hash. */
typedef bool table_match_fn(const struct table_node *node, const void *key);

void table_init(struct table *table);
void table_done(struct table *table);

/* Returns: the node, or NULL. */
struct table_node *table_find(struct table *table, uint64_t hash, table_match_fn *matches,
                              const void *key);

/* Adds a node whose key is not there yet. Borrows `node` until table_remove(). */
void table_add(struct table *table, struct table_node *node, uint64_t hash);

/* Takes out a node that is in the table. */
void table_remove(struct table *table, struct table_node *node);

#endif
