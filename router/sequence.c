/* SPDX-License-Identifier: Apache-2.0 */
#include "router/sequence.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/slab.h"

/* An item that has not gone out, and those who wait for it. */
struct gap {
    struct table_node node; /* its hash is id.low */
    struct idkey id;
    struct list line; /* struct waiter, in the order in which they came */
};

struct sequence {
    const struct limits *limits;
    struct stats *stats;
    struct table gaps;
    struct table by_id; /* struct waiter, those with an id */
    struct list by_age; /* struct waiter, all */
    struct list ready;  /* struct waiter */
    struct slab gap_slots, waiter_slots;
    size_t charge; /* bytes */
    uint64_t visits;
};

struct sequence *sequence_new(const struct limits *limits, struct stats *stats)
{
    struct sequence *sequence = mem_new(sizeof(*sequence));
    sequence->limits = limits;
    sequence->stats = stats;
    table_init(&sequence->gaps);
    table_init(&sequence->by_id);
    list_init(&sequence->by_age);
    list_init(&sequence->ready);
    slab_init(&sequence->gap_slots, sizeof(struct gap));
    slab_init(&sequence->waiter_slots, sizeof(struct waiter));
    return sequence;
}

static struct waiter *oldest(const struct sequence *sequence)
{
    return container_of(sequence->by_age.next, struct waiter, by_age);
}

void sequence_free(struct sequence *sequence)
{
    if (!sequence)
        return;
    while (sequence_due_ms(sequence) != LOOP_NEVER) {
        sequence_release(sequence);
        for (struct waiter *waiter; (waiter = sequence_pop(sequence));) {
            if (waiter->has_id)
                sequence_fill(sequence, &waiter->id);
            sequence_drop(sequence, waiter);
        }
    }
    table_done(&sequence->gaps);
    table_done(&sequence->by_id);
    slab_done(&sequence->gap_slots);
    slab_done(&sequence->waiter_slots);
    free(sequence);
}

/* ---- who is where ---- */

static bool is_waiter(const struct table_node *node, const void *key)
{
    return idkey_equal(&container_of(unconst(node), struct waiter, by_id)->id, key);
}

static bool is_gap(const struct table_node *node, const void *key)
{
    return idkey_equal(&container_of(unconst(node), struct gap, node)->id, key);
}

static struct waiter *find_waiter(struct sequence *sequence, const struct idkey *id)
{
    struct table_node *node = table_find(&sequence->by_id, id->low, is_waiter, id);
    return node ? container_of(node, struct waiter, by_id) : NULL;
}

static struct gap *find_gap(struct sequence *sequence, const struct idkey *id)
{
    struct table_node *node = table_find(&sequence->gaps, id->low, is_gap, id);
    return node ? container_of(node, struct gap, node) : NULL;
}

bool sequence_has(struct sequence *sequence, const struct idkey *id)
{
    return sequence->by_id.count && find_waiter(sequence, id);
}

/* ---- waiting ---- */

static size_t charge_of(size_t frame_bytes)
{
    return frame_bytes + sizeof(struct waiter) + sizeof(struct gap);
}

bool sequence_has_room(const struct sequence *sequence, size_t bytes)
{
    return sequence->waiter_slots.used < sequence->limits->waiting_items &&
           sequence->charge + charge_of(bytes) <= sequence->limits->waiting_bytes;
}

static void count(struct sequence *sequence, const struct waiter *waiter, int sign)
{
    sequence->charge += (size_t)sign * waiter->charge;
    stats_add(sequence->stats, STAT_waiting_items, sign);
    stats_add(sequence->stats, STAT_waiting_bytes, sign * (int64_t)waiter->charge);
}

static struct gap *find_or_add_gap(struct sequence *sequence, const struct idkey *id)
{
    struct gap *gap = find_gap(sequence, id);
    if (gap)
        return gap;
    gap = slab_get(&sequence->gap_slots);
    gap->id = *id;
    list_init(&gap->line);
    table_add(&sequence->gaps, &gap->node, id->low);
    return gap;
}

/* Of two with one id, which can only be where the window is shorter than the wait, the first is
 * found: once it has gone, nobody waits for the other. */
static void give_name(struct sequence *sequence, struct waiter *waiter, const struct idkey *id)
{
    waiter->id = *id;
    waiter->has_id = true;
    waiter->is_named = !find_waiter(sequence, id);
    if (waiter->is_named)
        table_add(&sequence->by_id, &waiter->by_id, id->low);
}

void sequence_add(struct sequence *sequence, const struct idkey *id, const struct idkey *prev,
                  struct buf *frame, uint64_t now_ms)
{
    struct waiter *waiter = slab_get(&sequence->waiter_slots);
    waiter->frame = *frame;
    *frame = (struct buf){0};
    waiter->charge = charge_of(waiter->frame.room);
    waiter->until_ms = now_ms + sequence->limits->sequence_wait_ms;
    waiter->gap = find_or_add_gap(sequence, prev);
    list_append(&waiter->gap->line, &waiter->place);
    list_append(&sequence->by_age, &waiter->by_age);
    if (id)
        give_name(sequence, waiter, id);
    count(sequence, waiter, 1);
}

/* ---- going ---- */

static void make_ready(struct sequence *sequence, struct waiter *waiter)
{
    list_unlink(&waiter->place);
    list_append(&sequence->ready, &waiter->place);
    waiter->gap = NULL;
}

static void close_if_empty(struct sequence *sequence, struct gap *gap)
{
    if (!list_is_empty(&gap->line))
        return;
    table_remove(&sequence->gaps, &gap->node);
    slab_put(&sequence->gap_slots, gap);
}

void sequence_fill(struct sequence *sequence, const struct idkey *id)
{
    struct gap *gap = sequence->gaps.count ? find_gap(sequence, id) : NULL;
    if (!gap)
        return;
    while (!list_is_empty(&gap->line))
        make_ready(sequence, container_of(gap->line.next, struct waiter, place));
    close_if_empty(sequence, gap);
}

uint64_t sequence_due_ms(const struct sequence *sequence)
{
    return list_is_empty(&sequence->by_age) ? LOOP_NEVER : oldest(sequence)->until_ms;
}

/* Returns: the one before `waiter` which is not waiting for another one here. In a ring, where
 * each waits for another one, it is the first that was met twice. */
static struct waiter *head_of_chain(struct sequence *sequence, struct waiter *waiter)
{
    sequence->visits++;
    for (;;) {
        waiter->visit = sequence->visits;
        struct waiter *before = find_waiter(sequence, &waiter->gap->id);
        if (!before)
            return waiter;
        if (before->visit == sequence->visits)
            return before;
        waiter = before;
    }
}

void sequence_release(struct sequence *sequence)
{
    CHECK(list_is_empty(&sequence->ready)); /* or the chain could end in one that is in no gap */
    struct waiter *head = head_of_chain(sequence, oldest(sequence));
    struct gap *gap = head->gap;
    make_ready(sequence, head);
    close_if_empty(sequence, gap);
}

struct waiter *sequence_pop(struct sequence *sequence)
{
    struct list *place = list_pop(&sequence->ready);
    return place ? container_of(place, struct waiter, place) : NULL;
}

void sequence_drop(struct sequence *sequence, struct waiter *waiter)
{
    count(sequence, waiter, -1);
    if (waiter->is_named)
        table_remove(&sequence->by_id, &waiter->by_id);
    list_unlink(&waiter->by_age);
    buf_done(&waiter->frame);
    slab_put(&sequence->waiter_slots, waiter);
}
