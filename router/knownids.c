/* SPDX-License-Identifier: Apache-2.0 */
#include "router/knownids.h"

#include <stdlib.h>

#include "common/lastids.h"
#include "common/list.h"
#include "common/mem.h"
#include "common/slab.h"
#include "common/table.h"

struct known {
    struct table_node node; /* its hash is key.low; the channel seeds both halves */
    struct list by_age;     /* knownids->by_age */
    uint64_t high;          /* key.high */
    uint64_t accepted_ms;
    bool is_out;
};

struct knownids {
    const struct limits *limits;
    struct stats *stats;
    struct table table;
    struct list by_age; /* the one accepted longest ago first */
    struct slab slots;
    struct lastids *lastids;
};

struct knownids *knownids_new(const struct limits *limits, struct stats *stats)
{
    struct knownids *knownids = mem_new(sizeof(*knownids));
    knownids->limits = limits;
    knownids->stats = stats;
    table_init(&knownids->table);
    list_init(&knownids->by_age);
    slab_init(&knownids->slots, sizeof(struct known));
    knownids->lastids = lastids_new(limits->last_ids);
    return knownids;
}

static void drop(struct knownids *knownids, struct known *known)
{
    table_remove(&knownids->table, &known->node);
    list_unlink(&known->by_age);
    slab_put(&knownids->slots, known);
    stats_add(knownids->stats, STAT_known_ids, -1);
}

static struct known *oldest(const struct knownids *knownids)
{
    return container_of(knownids->by_age.next, struct known, by_age);
}

void knownids_free(struct knownids *knownids)
{
    if (!knownids)
        return;
    while (!list_is_empty(&knownids->by_age))
        drop(knownids, oldest(knownids));
    table_done(&knownids->table);
    slab_done(&knownids->slots);
    lastids_free(knownids->lastids);
    free(knownids);
}

static bool is_it(const struct table_node *node, const void *key)
{
    return container_of(unconst(node), struct known, node)->high ==
           ((const struct idkey *)key)->high;
}

static struct known *find(struct knownids *knownids, const struct idkey *key)
{
    struct table_node *node = table_find(&knownids->table, key->low, is_it, key);
    return node ? container_of(node, struct known, node) : NULL;
}

static bool is_in_window(const struct knownids *knownids, const struct known *known,
                         uint64_t now_ms)
{
    return now_ms - known->accepted_ms < knownids->limits->dedup_window_ms;
}

/* What is forgotten within its window could come a second time: that is counted
 * apart. */
static void make_room(struct knownids *knownids, uint64_t now_ms)
{
    if (knownids->table.count < knownids->limits->known_ids)
        return;
    struct known *known = oldest(knownids);
    bool is_early = is_in_window(knownids, known, now_ms);
    stats_add(knownids->stats, is_early ? STAT_ids_forgotten : STAT_ids_expired, 1);
    drop(knownids, known);
}

static struct known *add(struct knownids *knownids, const struct idkey *key, uint64_t now_ms)
{
    make_room(knownids, now_ms);
    struct known *known = slab_get(&knownids->slots);
    known->high = key->high;
    known->accepted_ms = now_ms;
    table_add(&knownids->table, &known->node, key->low);
    list_append(&knownids->by_age, &known->by_age);
    stats_add(knownids->stats, STAT_known_ids, 1);
    return known;
}

bool knownids_accept(struct knownids *knownids, const struct idkey *key, uint64_t now_ms)
{
    struct known *known = find(knownids, key);
    if (!known) {
        (void)add(knownids, key, now_ms);
        return true;
    }
    if (is_in_window(knownids, known, now_ms))
        return false;
    stats_add(knownids->stats, STAT_ids_expired, 1);
    known->accepted_ms = now_ms;
    list_unlink(&known->by_age);
    list_append(&knownids->by_age, &known->by_age);
    return true;
}

void knownids_note_out(struct knownids *knownids, const struct idkey *key, uint64_t now_ms)
{
    struct known *known = find(knownids, key);
    if (!known) /* it waited for longer than it was remembered */
        known = add(knownids, key, now_ms);
    known->is_out = true;
    lastids_note(knownids->lastids, key->channel, key->low);
}

bool knownids_is_out(struct knownids *knownids, const struct idkey *key)
{
    if (lastids_match(knownids->lastids, key->channel, key->low))
        return true;
    const struct known *known = find(knownids, key);
    return known && known->is_out;
}
