/* SPDX-License-Identifier: Apache-2.0 */
#include "common/table.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

#define FIRST_BUCKETS 64

void table_init(struct table *table)
{
    *table = (struct table){.mask = FIRST_BUCKETS - 1};
    table->buckets = mem_new(FIRST_BUCKETS * sizeof(struct table_node *));
}

void table_done(struct table *table)
{
    CHECK(table->count == 0);
    free(table->buckets);
    free(table->old);
    *table = (struct table){0};
}

static void move_bucket(struct table *table)
{
    struct table_node *node = table->old[table->moved];
    while (node) {
        struct table_node *next = node->next;
        struct table_node **bucket = &table->buckets[node->hash & table->mask];
        node->next = *bucket;
        *bucket = node;
        node = next;
    }
    table->old[table->moved++] = NULL;
    if (table->moved > table->old_mask) {
        free(table->old);
        table->old = NULL;
    }
}

static void step(struct table *table)
{
    for (int i = 0; i < 2 && table->old; i++)
        move_bucket(table);
}

static void grow(struct table *table)
{
    CHECK(!table->old); /* two buckets a step empty the old array before the new one is full */
    table->old = table->buckets;
    table->old_mask = table->mask;
    table->moved = 0;
    table->mask = table->mask * 2 + 1;
    table->buckets = mem_new((table->mask + 1) * sizeof(struct table_node *));
}

/* Where the node of this hash hangs: in the old array as long as its bucket was not moved. */
static struct table_node **bucket_of(struct table *table, uint64_t hash)
{
    if (table->old && (hash & table->old_mask) >= table->moved)
        return &table->old[hash & table->old_mask];
    return &table->buckets[hash & table->mask];
}

struct table_node *table_find(struct table *table, uint64_t hash, table_match_fn *matches,
                              const void *key)
{
    struct table_node *node = *bucket_of(table, hash);
    while (node && !(node->hash == hash && matches(node, key)))
        node = node->next;
    return node;
}

void table_add(struct table *table, struct table_node *node, uint64_t hash)
{
    step(table);
    if (table->count > table->mask && !table->old)
        grow(table);
    struct table_node **bucket = bucket_of(table, hash);
    node->hash = hash;
    node->next = *bucket;
    *bucket = node;
    table->count++;
}

void table_remove(struct table *table, struct table_node *node)
{
    struct table_node **at = bucket_of(table, node->hash);
    while (*at && *at != node)
        at = &(*at)->next;
    CHECK(*at == node);
    *at = node->next;
    node->next = NULL;
    table->count--;
    step(table);
}
