/* SPDX-License-Identifier: Apache-2.0 */
#include "common/lastids.h"

#include <stdlib.h>

#include "common/list.h"
#include "common/mem.h"
#include "common/slab.h"
#include "common/table.h"
#include "common/wire.h"

struct lastid {
    struct table_node node; /* its hash is the channel's */
    struct list by_age;     /* lastids->by_age */
    uint64_t id;
    uint64_t age; /* of lastids->age when it was noted */
};

struct lastids {
    struct table table;
    struct list by_age; /* the channel published to longest ago first */
    struct slab slots;
    uint64_t most;
    uint64_t age; /* goes up when all is forgotten: what is older is not known any more */
};

struct lastids *lastids_new(uint64_t most)
{
    struct lastids *lastids = mem_new(sizeof(*lastids));
    table_init(&lastids->table);
    list_init(&lastids->by_age);
    slab_init(&lastids->slots, sizeof(struct lastid));
    lastids->most = most;
    return lastids;
}

static void drop(struct lastids *lastids, struct lastid *last)
{
    table_remove(&lastids->table, &last->node);
    list_unlink(&last->by_age);
    slab_put(&lastids->slots, last);
}

static struct lastid *oldest(struct lastids *lastids)
{
    return container_of(lastids->by_age.next, struct lastid, by_age);
}

void lastids_free(struct lastids *lastids)
{
    if (!lastids)
        return;
    while (!list_is_empty(&lastids->by_age))
        drop(lastids, oldest(lastids));
    table_done(&lastids->table);
    slab_done(&lastids->slots);
    free(lastids);
}

uint64_t lastids_hash(struct span id)
{
    return wire_channel_hash(id); /* seeded: no publisher can choose ids that collide */
}

/* The hash is all there is of a channel's name. */
static bool is_it(const struct table_node *node, const void *key)
{
    (void)node;
    (void)key;
    return true;
}

static struct lastid *find(struct lastids *lastids, uint64_t channel)
{
    struct table_node *node = table_find(&lastids->table, channel, is_it, NULL);
    return node ? container_of(node, struct lastid, node) : NULL;
}

static struct lastid *add(struct lastids *lastids, uint64_t channel)
{
    if (lastids->table.count >= lastids->most)
        drop(lastids, oldest(lastids));
    struct lastid *last = slab_get(&lastids->slots);
    table_add(&lastids->table, &last->node, channel);
    return last;
}

void lastids_note(struct lastids *lastids, uint64_t channel, uint64_t id)
{
    if (!lastids->most)
        return;
    struct lastid *last = find(lastids, channel);
    if (!last)
        last = add(lastids, channel);
    last->id = id;
    last->age = lastids->age;
    list_unlink(&last->by_age);
    list_append(&lastids->by_age, &last->by_age);
}

bool lastids_match(struct lastids *lastids, uint64_t channel, uint64_t id)
{
    const struct lastid *last = find(lastids, channel);
    return last && last->age == lastids->age && last->id == id;
}

bool lastids_differ(struct lastids *lastids, uint64_t channel, uint64_t id)
{
    const struct lastid *last = find(lastids, channel);
    return last && last->age == lastids->age && last->id != id;
}

void lastids_forget(struct lastids *lastids, uint64_t channel)
{
    struct lastid *last = find(lastids, channel);
    if (last)
        drop(lastids, last);
}

void lastids_forget_all(struct lastids *lastids)
{
    lastids->age++;
}
