/* SPDX-License-Identifier: Apache-2.0 */
#include "router/tally.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/hearing.h"
#include "common/list.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/wire.h"

/* Numbers of ours have it; those of reports do not get that far. */
#define OURS (UINT64_C(1) << 63)

struct tally {
    struct tally_parts parts;
    struct table table; /* by number */
    struct list all;
    uint64_t last_number;
    size_t missing;   /* hearings, over all entries */
    size_t bytes;     /* of all entries */
    uint64_t told;    /* items so far */
    uint64_t *marked; /* for each route: the item for which it was told last */
};

struct entry {
    struct table_node node; /* its hash tells the number */
    struct list by_age;
    uint32_t heard[FORMAT_COUNT];
    size_t missing;
    struct buf routes; /* as they were told: once for each frontend */
    size_t channel_len, id_len;
    char names[]; /* channel, id */
};

struct tally *tally_new(const struct tally_parts *parts)
{
    struct tally *tally = mem_new(sizeof(*tally));
    tally->parts = *parts;
    table_init(&tally->table);
    list_init(&tally->all);
    tally->marked = mem_new((parts->routes + 1) * sizeof(*tally->marked));
    return tally;
}

static size_t bytes_of(const struct entry *entry)
{
    return sizeof(*entry) + entry->channel_len + entry->id_len + entry->routes.len;
}

static void entry_free(struct tally *tally, struct entry *entry)
{
    tally->bytes -= bytes_of(entry);
    tally->missing -= entry->missing;
    table_remove(&tally->table, &entry->node);
    list_unlink(&entry->by_age);
    buf_done(&entry->routes);
    free(entry);
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    LIST_FOREACH_SAFE (node, &tally->all)
        entry_free(tally, container_of(node, struct entry, by_age));
    table_done(&tally->table);
    free(tally->marked);
    free(tally);
}

/* Spreads numbers that differ in their upper bits only; no two have the same. */
static uint64_t hash_of(uint64_t number)
{
    number ^= number >> 32;
    number *= UINT64_C(0x9e3779b97f4a7c15);
    return number ^ number >> 29;
}

static struct entry *open_entry(struct tally *tally, const struct item *item)
{
    size_t names_len = item->channel.len + item->id.len;
    struct entry *entry = mem_new(sizeof(*entry) + names_len);
    entry->missing = tally->parts.frontends;
    entry->channel_len = item->channel.len;
    entry->id_len = item->id.len;
    memcpy(entry->names, item->channel.at, item->channel.len);
    if (item->id.len)
        memcpy(entry->names + item->channel.len, item->id.at, item->id.len);
    list_append(&tally->all, &entry->by_age);
    tally->bytes += bytes_of(entry);
    tally->missing += entry->missing;
    return entry;
}

void tally_begin(struct tally *tally, struct buf *frame)
{
    struct item item = wire_names(buf_span(frame));
    if (!item.number) {
        item.number = OURS | ++tally->last_number;
        wire_number(frame, item.number);
    }
    struct entry *entry = open_entry(tally, &item);
    table_add(&tally->table, &entry->node, hash_of(item.number));
}

/* ---- hearings ---- */

/* The hash is all there is of a number. */
static bool is_it(const struct table_node *node, const void *key)
{
    (void)node;
    (void)key;
    return true;
}

/* Leaves each route once. Returns: how many there are. */
static size_t take_each_once(struct tally *tally, uint16_t *routes, size_t count)
{
    size_t kept = 0;
    tally->told++;
    for (size_t i = 0; i < count; i++) {
        CHECK(routes[i] <= tally->parts.routes);
        if (tally->marked[routes[i]] == tally->told)
            continue;
        tally->marked[routes[i]] = tally->told;
        routes[kept++] = routes[i];
    }
    return kept;
}

static void tell(struct tally *tally, struct entry *entry)
{
    uint16_t *routes = (void *)entry->routes.bytes;
    struct tallied item = {.channel = span(entry->names, entry->channel_len), .routes = routes};
    if (entry->id_len)
        item.id = span(entry->names + entry->channel_len, entry->id_len);
    item.route_count = take_each_once(tally, routes, entry->routes.len / sizeof(*routes));
    memcpy(item.heard, entry->heard, sizeof(item.heard));
    tally->parts.tell(tally->parts.context, &item);
}

void tally_take(struct tally *tally, const struct hearing *hearing)
{
    struct table_node *node = table_find(&tally->table, hash_of(hearing->number), is_it, NULL);
    CHECK(node); /* each frontend answers once */
    struct entry *entry = container_of(node, struct entry, node);
    for (int kind = 0; kind < FORMAT_COUNT; kind++)
        entry->heard[kind] += hearing->heard[kind];
    buf_append(&entry->routes, hearing->routes);
    tally->bytes += hearing->routes.len;
    tally->missing--;
    if (--entry->missing)
        return;
    tell(tally, entry);
    entry_free(tally, entry);
}

bool tally_is_full(const struct tally *tally)
{
    const struct limits *limits = tally->parts.limits;
    return tally->missing > limits->bus_words || tally->bytes > limits->bus_bytes;
}
