/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/holds.h"

#include "frontend/hold.h"

/* Sockets written to in one turn: about two milliseconds of a core. */
#define FLUSH_TURN 512

/* Of one channel, before the next has its turn. */
#define FLUSH_SLICE 64

/* Holds ended in one turn: a message answers every long-poll of its channel, and each connection
 * then goes back to h2o, about two milliseconds of a core, too. */
#define REAP_TURN 128

/* Backlogs ended in one turn when all of them together are too large. */
#define BUDGET_TURN 16

void audience_init(struct audience *audience)
{
    list_init(&audience->touched);
    audience->ring = (struct list){0};
}

void holds_init(struct holds *holds)
{
    slab_init(&holds->slots, sizeof(struct outslot));
    list_init(&holds->all);
    list_init(&holds->doomed);
    list_init(&holds->blocked);
    list_init(&holds->ring);
    audience_init(&holds->others);
}

void holds_done(struct holds *holds)
{
    CHECK(list_is_empty(&holds->all));
    CHECK(holds->charge == 0);
    slab_done(&holds->slots);
}

void holds_touch(struct holds *holds, struct audience *audience, struct hold *hold)
{
    if (list_is_linked(&hold->touched) || outq_is_empty(&hold->out))
        return;
    list_append(&audience->touched, &hold->touched);
    if (!list_is_linked(&audience->ring))
        list_append(&holds->ring, &audience->ring);
}

void holds_abandon(struct holds *holds, struct audience *audience)
{
    for (struct list *node; (node = list_pop(&audience->touched));)
        holds_touch(holds, &holds->others, container_of(node, struct hold, touched));
    list_unlink(&audience->ring);
}

/* Returns: how many of `most` sends are left. */
static unsigned flush_audience(struct audience *audience, unsigned most)
{
    for (struct list *node; most && (node = list_pop(&audience->touched)); most--) {
        struct hold *hold = container_of(node, struct hold, touched);
        hold->carrier->flush(hold);
    }
    return most;
}

static void flush_slice(struct holds *holds)
{
    unsigned left = FLUSH_TURN;
    for (struct list *node; left && (node = list_pop(&holds->ring));) {
        struct audience *audience = container_of(node, struct audience, ring);
        unsigned slice = left < FLUSH_SLICE ? left : FLUSH_SLICE;
        left -= slice - flush_audience(audience, slice);
        if (!list_is_empty(&audience->touched))
            list_append(&holds->ring, &audience->ring);
    }
}

static struct hold *largest_backlog(const struct holds *holds)
{
    struct hold *largest = NULL;
    LIST_FOREACH (node, &holds->blocked) {
        struct hold *hold = container_of(node, struct hold, blocked);
        if (!list_is_linked(&hold->doomed) && (!largest || hold->out.charge > largest->out.charge))
            largest = hold;
    }
    return largest;
}

static void keep_budget(struct holds *holds)
{
    size_t charge = holds->charge;
    for (int i = 0; i < BUDGET_TURN && charge > holds->charge_limit; i++) {
        struct hold *largest = largest_backlog(holds);
        if (!largest)
            return;
        charge -= largest->out.charge;
        stats_add(holds->stats, STAT_slow_clients_ended, 1);
        hold_doom(largest, REASON_BACKLOG_BUDGET);
    }
}

/* Whatever order it was to end in, its client does not take part in it. */
static void cut(struct hold *hold)
{
    if (hold->is_ending)
        hold->reason = REASON_STALLED;
    hold_doom(hold, REASON_STALLED);
}

/* The list is in the order of moved_ms, so its head stalls first.
 * Returns: milliseconds until the next one might. */
static uint64_t doom_stalled(struct holds *holds, uint64_t now_ms)
{
    LIST_FOREACH (node, &holds->blocked) {
        struct hold *hold = container_of(node, struct hold, blocked);
        uint64_t stalls_ms = hold->moved_ms + holds->limits->stall_wait_ms;
        if (now_ms < stalls_ms)
            return stalls_ms - now_ms;
        cut(hold);
    }
    return LOOP_NEVER;
}

static void reap(struct holds *holds)
{
    /* Ending one hold may doom another (h2o closes a connection with all its streams), so the
     * list is asked each time; an entry leaves it for good or stays as ending. */
    struct list *node;
    for (int i = 0; i < REAP_TURN && (node = list_pop(&holds->doomed)); i++)
        hold_end(container_of(node, struct hold, doomed));
}

uint64_t holds_turn(struct holds *holds, uint64_t now_ms)
{
    flush_slice(holds);
    keep_budget(holds);
    uint64_t wait_ms = doom_stalled(holds, now_ms);
    reap(holds);
    return list_is_empty(&holds->ring) && list_is_empty(&holds->doomed) ? wait_ms : 0;
}

void holds_end_all(struct holds *holds, enum reason reason)
{
    LIST_FOREACH (node, &holds->all) {
        struct hold *hold = container_of(node, struct hold, peers);
        if (hold->is_ending || list_is_linked(&hold->doomed))
            continue;          /* once more would cut it */
        hold->reason = reason; /* whatever a goodbye under way was for */
        hold_doom(hold, reason);
    }
}

void holds_cut_all(struct holds *holds)
{
    LIST_FOREACH (node, &holds->all) {
        cut(container_of(node, struct hold, peers));
    }
}
