/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/channels.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/interest.h"
#include "common/mem.h"
#include "common/slab.h"
#include "common/table.h"
#include "common/wire.h"
#include "frontend/heard.h"
#include "frontend/hold.h"
#include "frontend/holds.h"

struct channel {
    struct table_node node;
    struct list subs; /* by sub->in_channel, in the order they joined */
    struct audience audience;
    size_t name_len;
    char name[];
};

struct sub {
    struct hold *hold;
    struct channel *channel;
    struct list in_channel;
    struct sub *next_of_hold;
};

struct channels {
    struct table table;
    struct slab subs;
    struct holds *holds;
    channels_told_fn *told; /* NULL while nobody wants to know */
    void *told_context;
    bool is_each_told;
};

struct channels *channels_new(struct holds *holds)
{
    struct channels *table = mem_new(sizeof(*table));
    table_init(&table->table);
    slab_init(&table->subs, sizeof(struct sub));
    table->holds = holds;
    return table;
}

void channels_watch(struct channels *table, channels_told_fn *told, void *context, bool is_each)
{
    CHECK(table->table.count == 0);
    table->told = told;
    table->told_context = context;
    table->is_each_told = is_each;
}

void channels_free(struct channels *table)
{
    if (!table)
        return;
    table_done(&table->table);
    slab_done(&table->subs);
    free(table);
}

static bool has_name(const struct table_node *node, const void *key)
{
    const struct channel *channel = (const void *)node;
    const struct span *name = key;
    return span_equal(span(channel->name, channel->name_len), *name);
}

static struct channel *find(struct channels *table, uint64_t hash, struct span name)
{
    struct table_node *node = table_find(&table->table, hash, has_name, &name);
    return node ? container_of(node, struct channel, node) : NULL;
}

static struct channel *open_channel(struct channels *table, uint64_t hash, struct span name)
{
    struct channel *channel = mem_new(sizeof(*channel) + name.len);
    memcpy(channel->name, name.at, name.len);
    channel->name_len = name.len;
    list_init(&channel->subs);
    audience_init(&channel->audience);
    table_add(&table->table, &channel->node, hash);
    stats_add(table->holds->stats, STAT_channels, 1);
    return channel;
}

static void close_channel(struct channels *table, struct channel *channel)
{
    holds_abandon(table->holds, &channel->audience);
    table_remove(&table->table, &channel->node);
    stats_add(table->holds->stats, STAT_channels, -1);
    free(channel);
}

/* Tells that one more hold like `hold`, or one less, is among the subs of `channel`; `is_edge` where
 * it is the first, or was the last. */
static void tell(const struct channels *table, const struct channel *channel,
                 const struct hold *hold, bool is_more, bool is_edge)
{
    if (!table->told || !(is_edge || table->is_each_told))
        return;
    table->told(table->told_context,
                &(struct interest){.format = hold->kind->hears,
                                   .is_more = is_more,
                                   .channel = span(channel->name, channel->name_len)});
}

static bool has_joined(const struct hold *hold, const struct channel *channel)
{
    for (const struct sub *sub = hold->subs; sub; sub = sub->next_of_hold)
        if (sub->channel == channel)
            return true;
    return false;
}

void channels_join(struct channels *table, struct hold *hold, struct span name)
{
    uint64_t hash = wire_channel_hash(name);
    struct channel *channel = find(table, hash, name);
    if (!channel)
        channel = open_channel(table, hash, name);
    else if (has_joined(hold, channel))
        return;
    struct sub *sub = slab_get(&table->subs);
    sub->hold = hold;
    sub->channel = channel;
    sub->next_of_hold = hold->subs;
    hold->subs = sub;
    tell(table, channel, hold, true, list_is_empty(&channel->subs));
    list_append(&channel->subs, &sub->in_channel);
    stats_add(table->holds->stats, STAT_subscriptions, 1);
}

/* Ends the subscription that hangs at `*at` in its hold's list. */
static void leave(struct channels *table, struct sub **at)
{
    struct sub *sub = *at;
    struct channel *channel = sub->channel;
    *at = sub->next_of_hold;
    list_unlink(&sub->in_channel);
    tell(table, channel, sub->hold, false, list_is_empty(&channel->subs));
    slab_put(&table->subs, sub);
    stats_add(table->holds->stats, STAT_subscriptions, -1);
    if (list_is_empty(&channel->subs))
        close_channel(table, channel);
}

void channels_leave(struct channels *table, struct hold *hold, struct span name)
{
    for (struct sub **at = &hold->subs; *at; at = &(*at)->next_of_hold) {
        const struct channel *channel = (*at)->channel;
        if (!span_equal(span(channel->name, channel->name_len), name))
            continue;
        leave(table, at);
        return;
    }
}

void channels_leave_all(struct channels *table, struct hold *hold)
{
    while (hold->subs)
        leave(table, &hold->subs);
}

size_t channels_count(const struct hold *hold)
{
    size_t count = 0;
    for (const struct sub *sub = hold->subs; sub; sub = sub->next_of_hold)
        count++;
    return count;
}

/* Returns: how many of the publications mean something to `hold`, each of which is counted. */
static size_t deliver_to(struct hold *hold, const struct publication *publications, size_t count,
                         uint32_t *counts)
{
    size_t sum = 0;
    for (size_t i = 0; i < count && !list_is_linked(&hold->doomed); i++) {
        bool is_heard = hold->kind->deliver(hold, &publications[i]);
        counts[i] += is_heard;
        sum += is_heard;
    }
    return sum;
}

size_t channels_deliver(struct channels *table, const struct publication *publications,
                        size_t count, struct heard *heard)
{
    struct channel *channel = find(table, publications->hash, publications->item.channel);
    if (!channel)
        return 0;
    size_t sum = 0;
    LIST_FOREACH (node, &channel->subs) {
        struct hold *hold = container_of(node, struct sub, in_channel)->hold;
        uint32_t *counts = heard_row(heard, hold->route, hold->kind->hears);
        size_t heard_by = deliver_to(hold, publications, count, counts);
        if (heard_by && !list_is_linked(&hold->doomed)) /* its end flushes what it heard */
            holds_touch(table->holds, &channel->audience, hold);
        sum += heard_by;
    }
    stats_add(table->holds->stats, STAT_items_delivered, (int64_t)sum);
    return sum;
}
