/* SPDX-License-Identifier: Apache-2.0 */
#include "router/intake.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/item.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/wire.h"
#include "router/broadcast.h"
#include "router/idkey.h"
#include "router/knownids.h"
#include "router/sequence.h"

struct intake {
    struct broadcast *broadcast;
    const struct limits *limits;
    struct stats *stats;
    struct knownids *knownids;
    struct sequence *sequence;
    bool has_ended;
};

/* An item on its way in, and the keys of those of its ids that it has. */
struct arrival {
    const struct item *item;
    struct idkey id, prev;
    bool has_id, has_prev;
};

struct intake *intake_new(struct broadcast *broadcast, const struct limits *limits,
                          struct stats *stats)
{
    struct intake *intake = mem_new(sizeof(*intake));
    intake->broadcast = broadcast;
    intake->limits = limits;
    intake->stats = stats;
    intake->knownids = knownids_new(limits, stats);
    intake->sequence = sequence_new(limits, stats);
    return intake;
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    knownids_free(intake->knownids);
    sequence_free(intake->sequence);
    free(intake);
}

bool intake_is_full(const struct intake *intake)
{
    return broadcast_is_full(intake->broadcast);
}

/* ---- out ---- */

static void note_out(struct intake *intake, const struct idkey *id, uint64_t now_ms)
{
    knownids_note_out(intake->knownids, id, now_ms);
    sequence_fill(intake->sequence, id);
}

/* Each that goes makes those ready that waited for it. */
static void send_ready(struct intake *intake, uint64_t now_ms)
{
    for (struct waiter *waiter; (waiter = sequence_pop(intake->sequence));) {
        broadcast_frame(intake->broadcast, &waiter->frame);
        if (waiter->has_id)
            note_out(intake, &waiter->id, now_ms);
        sequence_drop(intake->sequence, waiter);
    }
}

static void send_now(struct intake *intake, const struct arrival *arrival, uint64_t now_ms)
{
    broadcast_item(intake->broadcast, arrival->item);
    if (!arrival->has_id)
        return;
    note_out(intake, &arrival->id, now_ms);
    send_ready(intake, now_ms);
}

/* Sends the chain of the item that has waited longest, and counts why. */
static void release(struct intake *intake, enum stat_id why, uint64_t now_ms)
{
    stats_add(intake->stats, why, 1);
    sequence_release(intake->sequence);
    send_ready(intake, now_ms);
}

/* ---- in ---- */

static struct arrival look_at(const struct item *item)
{
    struct arrival arrival = {.item = item, .has_id = item->id.at, .has_prev = item->prev_id.at};
    if (!arrival.has_id && !arrival.has_prev)
        return arrival;
    uint64_t channel = wire_channel_hash(item->channel);
    if (arrival.has_id)
        arrival.id = idkey_of(channel, item->id);
    if (arrival.has_prev)
        arrival.prev = idkey_of(channel, item->prev_id);
    return arrival;
}

/* What waits was accepted, however long ago: its like is a duplicate, unless there are none. */
static bool is_duplicate(struct intake *intake, const struct arrival *arrival, uint64_t now_ms)
{
    if (!arrival->has_id)
        return false;
    if (intake->limits->dedup_window_ms && sequence_has(intake->sequence, &arrival->id))
        return true;
    return !knownids_accept(intake->knownids, &arrival->id, now_ms);
}

/* An item that names itself would wait for nothing. */
static bool has_to_wait(struct intake *intake, const struct arrival *arrival)
{
    if (!arrival->has_prev || arrival->item->no_seq)
        return false;
    if (intake->has_ended || !intake->limits->sequence_wait_ms)
        return false;
    if (arrival->has_id && idkey_equal(&arrival->id, &arrival->prev))
        return false;
    return !knownids_is_out(intake->knownids, &arrival->prev);
}

/* Returns: whether there is room for one more to wait. */
static bool make_room(struct intake *intake, size_t bytes, uint64_t now_ms)
{
    while (!sequence_has_room(intake->sequence, bytes)) {
        if (sequence_due_ms(intake->sequence) == LOOP_NEVER)
            return false;
        release(intake, STAT_waits_cut_short, now_ms);
    }
    return true;
}

/* Returns: whether the item waits now; it does not where there is no room for it, or where those
 * who made room were the ones it would have waited for. */
static bool let_wait(struct intake *intake, const struct arrival *arrival, uint64_t now_ms)
{
    struct buf frame = {0};
    wire_seal(&frame, arrival->item);
    bool has_room = make_room(intake, frame.room, now_ms);
    bool waits = has_room && has_to_wait(intake, arrival);
    if (waits)
        sequence_add(intake->sequence, arrival->has_id ? &arrival->id : NULL, &arrival->prev,
                     &frame, now_ms);
    stats_add(intake->stats, STAT_items_delayed, waits);
    stats_add(intake->stats, STAT_waits_cut_short, !has_room);
    buf_done(&frame);
    return waits;
}

static enum fate take(struct intake *intake, const struct item *item, uint64_t now_ms)
{
    struct arrival arrival = look_at(item);
    if (is_duplicate(intake, &arrival, now_ms)) {
        stats_add(intake->stats, STAT_items_duplicate, 1);
        return FATE_DUPLICATE;
    }
    if (has_to_wait(intake, &arrival) && let_wait(intake, &arrival, now_ms))
        return FATE_WAITING;
    send_now(intake, &arrival, now_ms);
    return FATE_SENT;
}

void intake_take(struct intake *intake, const struct item *items, size_t count, uint64_t now_ms,
                 enum fate *fates)
{
    stats_add(intake->stats, STAT_items_published, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        enum fate fate = take(intake, &items[i], now_ms);
        if (fates)
            fates[i] = fate;
    }
}

uint64_t intake_turn(struct intake *intake, uint64_t now_ms)
{
    uint64_t due_ms;
    while ((due_ms = sequence_due_ms(intake->sequence)) <= now_ms)
        release(intake, STAT_waits_timed_out, now_ms);
    return due_ms == LOOP_NEVER ? LOOP_NEVER : due_ms - now_ms;
}

void intake_end(struct intake *intake, uint64_t now_ms)
{
    uint64_t waiting = stats_read(intake->stats, STAT_waiting_items);
    if (waiting)
        log_info("sent what still waited for an item before it items=%" PRIu64, waiting);
    intake->has_ended = true;
    while (sequence_due_ms(intake->sequence) != LOOP_NEVER) {
        sequence_release(intake->sequence);
        send_ready(intake, now_ms);
    }
}

void intake_recover(struct intake *intake)
{
    broadcast_turn(intake->broadcast);
    broadcast_recover(intake->broadcast);
}

void intake_refresh(struct intake *intake, uint64_t number)
{
    broadcast_refresh(intake->broadcast, number);
}
