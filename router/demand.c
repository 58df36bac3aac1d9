/* SPDX-License-Identifier: Apache-2.0 */
#include "router/demand.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/interest.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/wire.h"

/* Channels that one turn forgets, or tells of. */
#define BATCH 1000

/* Changes within this time are told as one; what has not changed is told again after that. */
#define COLLECT_MS 100
#define TELL_AGAIN_MS (DEMAND_TTL_S * UINT64_C(1000) * 3 / 4)

struct demand {
    const struct limits *limits;
    zsock_t *sub; /* or NULL */
    struct table table;
    struct list heard;     /* with holds */
    struct list lingering; /* without; who was left longest ago stands first */
    size_t lingering_count;
    demand_tell_fn *tell; /* NULL where nobody reads stats */
    void *tell_context;
    struct list changed; /* to be told */
    struct list told;    /* to be told again; who was told longest ago stands first */
    uint64_t tell_ms;    /* when the changed were told last */
};

struct heard {
    struct table_node node;
    struct list place; /* among the heard or the lingering */
    uint64_t left_ms;  /* if lingering */
    uint32_t holds, of_kind[FORMAT_COUNT];
    uint32_t told_of[FORMAT_COUNT]; /* what of_kind was when it was told last */
    struct list news;               /* among the changed or the told */
    uint64_t told_ms;
    size_t name_len;
    char name[];
};

struct demand *demand_new(const struct limits *limits, zsock_t *sub)
{
    struct demand *demand = mem_new(sizeof(*demand));
    demand->limits = limits;
    demand->sub = sub;
    table_init(&demand->table);
    list_init(&demand->heard);
    list_init(&demand->lingering);
    list_init(&demand->changed);
    list_init(&demand->told);
    return demand;
}

static bool has_name(const struct table_node *node, const void *key)
{
    const struct heard *heard = (const void *)node;
    const struct span *name = key;
    return span_equal(span(heard->name, heard->name_len), *name);
}

static struct heard *find(struct demand *demand, struct span name)
{
    struct table_node *node = table_find(&demand->table, wire_channel_hash(name), has_name, &name);
    return node ? container_of(node, struct heard, node) : NULL;
}

static void tell_publishers(struct demand *demand, const struct heard *heard, int option)
{
    if (!demand->sub)
        return;
    int failed = zmq_setsockopt(zsock_resolve(demand->sub), option, heard->name, heard->name_len);
    CHECK(!failed);
}

static struct heard *open_channel(struct demand *demand, struct span name)
{
    struct heard *heard = mem_new(sizeof(*heard) + name.len);
    memcpy(heard->name, name.at, name.len);
    heard->name_len = name.len;
    table_add(&demand->table, &heard->node, wire_channel_hash(name));
    tell_publishers(demand, heard, ZMQ_SUBSCRIBE);
    return heard;
}

/* ---- readers of stats ---- */

void demand_report(struct demand *demand, demand_tell_fn *tell, void *context)
{
    demand->tell = tell;
    demand->tell_context = context;
}

static void note_change(struct demand *demand, struct heard *heard)
{
    if (!demand->tell)
        return;
    list_unlink(&heard->news);
    list_append(&demand->changed, &heard->news);
}

static void tell_one(struct demand *demand, struct heard *heard, enum format_kind format)
{
    heard->told_of[format] = heard->of_kind[format];
    demand->tell(demand->tell_context, span(heard->name, heard->name_len), format,
                 heard->of_kind[format]);
}

/* `is_again`: nothing has changed for long, so that long-polls that are away stay away. */
static void tell_all(struct demand *demand, struct heard *heard, bool is_again, uint64_t now_ms)
{
    list_unlink(&heard->news);
    list_append(&demand->told, &heard->news);
    heard->told_ms = now_ms;
    for (enum format_kind format = 0; format < FORMAT_COUNT; format++) {
        uint32_t holds = heard->of_kind[format], told = heard->told_of[format];
        bool may_come_back = holds == 0 && format == FORMAT_RESPONSE;
        if (is_again ? holds || told : holds != told && !may_come_back)
            tell_one(demand, heard, format);
    }
}

static struct heard *first_of(struct list *news)
{
    return list_is_empty(news) ? NULL : container_of(news->next, struct heard, news);
}

/* Returns: milliseconds until more is due. */
static uint64_t tell_changed(struct demand *demand, uint64_t now_ms)
{
    struct heard *heard;
    if (list_is_empty(&demand->changed))
        return LOOP_NEVER;
    if (now_ms < demand->tell_ms + COLLECT_MS)
        return demand->tell_ms + COLLECT_MS - now_ms;
    for (int i = 0; i < BATCH && (heard = first_of(&demand->changed)); i++)
        tell_all(demand, heard, false, now_ms);
    if (!list_is_empty(&demand->changed))
        return 0;
    demand->tell_ms = now_ms;
    return LOOP_NEVER;
}

/* Returns: milliseconds until more is due. */
static uint64_t tell_again(struct demand *demand, uint64_t now_ms)
{
    struct heard *heard = NULL;
    for (int i = 0; i < BATCH && (heard = first_of(&demand->told)); i++) {
        if (now_ms < heard->told_ms + TELL_AGAIN_MS)
            return heard->told_ms + TELL_AGAIN_MS - now_ms;
        tell_all(demand, heard, true, now_ms);
    }
    return heard ? 0 : LOOP_NEVER;
}

/* ---- coming and going ---- */

static struct heard *left_longest_ago(struct demand *demand)
{
    return container_of(demand->lingering.next, struct heard, place);
}

static void forget(struct demand *demand, struct heard *heard)
{
    list_unlink(&heard->place);
    list_unlink(&heard->news);
    table_remove(&demand->table, &heard->node);
    free(heard);
}

static void end_lingering(struct demand *demand, struct heard *heard)
{
    for (enum format_kind format = 0; format < FORMAT_COUNT; format++)
        if (heard->told_of[format])
            tell_one(demand, heard, format);
    tell_publishers(demand, heard, ZMQ_UNSUBSCRIBE);
    demand->lingering_count--;
    forget(demand, heard);
}

void demand_free(struct demand *demand)
{
    if (!demand)
        return;
    LIST_FOREACH_SAFE (node, &demand->heard)
        forget(demand, container_of(node, struct heard, place));
    LIST_FOREACH_SAFE (node, &demand->lingering)
        forget(demand, container_of(node, struct heard, place));
    table_done(&demand->table);
    free(demand);
}

static void join(struct demand *demand, const struct interest *interest)
{
    struct heard *heard = find(demand, interest->channel);
    if (!heard)
        heard = open_channel(demand, interest->channel);
    heard->of_kind[interest->format]++;
    note_change(demand, heard);
    if (heard->holds++)
        return;
    demand->lingering_count -= list_is_linked(&heard->place);
    list_unlink(&heard->place);
    list_append(&demand->heard, &heard->place);
}

static void leave(struct demand *demand, const struct interest *interest, uint64_t now_ms)
{
    struct heard *heard = find(demand, interest->channel);
    CHECK(heard && heard->holds); /* who leaves has joined */
    heard->of_kind[interest->format]--;
    note_change(demand, heard);
    if (--heard->holds)
        return;
    heard->left_ms = now_ms;
    list_unlink(&heard->place);
    list_append(&demand->lingering, &heard->place);
    demand->lingering_count++;
    if (demand->lingering_count > demand->limits->zmq_lingering)
        end_lingering(demand, left_longest_ago(demand));
}

void demand_take(struct demand *demand, const struct interest *interest, uint64_t now_ms)
{
    if (interest->is_more)
        join(demand, interest);
    else
        leave(demand, interest, now_ms);
}

bool demand_has(struct demand *demand, struct span channel)
{
    return find(demand, channel) != NULL;
}

/* Returns: milliseconds until more is due. */
static uint64_t forget_those_away(struct demand *demand, uint64_t now_ms)
{
    for (int i = 0; i < BATCH; i++) {
        if (list_is_empty(&demand->lingering))
            return LOOP_NEVER;
        struct heard *heard = left_longest_ago(demand);
        uint64_t end_ms = heard->left_ms + demand->limits->zmq_linger_ms;
        if (now_ms < end_ms)
            return end_ms - now_ms;
        end_lingering(demand, heard);
    }
    return 0;
}

uint64_t demand_turn(struct demand *demand, uint64_t now_ms)
{
    uint64_t wait_ms = forget_those_away(demand, now_ms);
    wait_ms = clock_sooner(wait_ms, tell_changed(demand, now_ms));
    return clock_sooner(wait_ms, tell_again(demand, now_ms));
}
