/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wheel.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

#define SLOTS 4096
#define SLOT_MS 32

struct wheel {
    uint64_t tick; /* the slot number the hand has passed */
    struct list slots[SLOTS];
    uint64_t marks[SLOTS / 64]; /* a bit per slot that may hold a timer */
};

struct wheel *wheel_new(uint64_t now_ms)
{
    struct wheel *wheel = mem_new(sizeof(*wheel));
    wheel->tick = now_ms / SLOT_MS;
    for (size_t i = 0; i < SLOTS; i++)
        list_init(&wheel->slots[i]);
    return wheel;
}

void wheel_free(struct wheel *wheel)
{
    if (!wheel)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        CHECK(list_is_empty(&wheel->slots[i]));
    free(wheel);
}

/* Rounded up, so that a timer is never early; never behind the hand. */
static uint64_t tick_of(const struct wheel *wheel, uint64_t due_ms)
{
    uint64_t tick = (due_ms + SLOT_MS - 1) / SLOT_MS;
    return tick > wheel->tick ? tick : wheel->tick + 1;
}

void timer_arm(struct wheel *wheel, struct timer *timer, uint64_t due_ms, timer_fn *on_due)
{
    list_unlink(&timer->node);
    timer->due_ms = due_ms;
    timer->on_due = on_due;
    uint64_t slot = tick_of(wheel, due_ms) % SLOTS;
    list_append(&wheel->slots[slot], &timer->node);
    wheel->marks[slot / 64] |= UINT64_C(1) << slot % 64;
}

void timer_cancel(struct timer *timer)
{
    list_unlink(&timer->node);
}

static void fire_slot(struct wheel *wheel, struct list *slot, uint64_t now_ms)
{
    struct list due;
    list_init(&due);
    LIST_FOREACH_SAFE (node, slot) {
        if (container_of(node, struct timer, node)->due_ms > wheel->tick * SLOT_MS)
            continue; /* a later round */
        list_unlink(node);
        list_append(&due, node);
    }
    /* One callback may cancel another timer of the same slot, so ask the list each time. */
    for (struct list *node; (node = list_pop(&due));) {
        struct timer *timer = container_of(node, struct timer, node);
        timer->on_due(timer, now_ms);
    }
}

/* Returns: how many slots ahead of the hand the next marked one is, 0 for none. */
static uint64_t next_marked(const struct wheel *wheel)
{
    for (uint64_t ahead = 1; ahead <= SLOTS;) {
        uint64_t slot = (wheel->tick + ahead) % SLOTS;
        uint64_t marks = wheel->marks[slot / 64] >> slot % 64;
        if (marks) {
            ahead += (uint64_t)__builtin_ctzll(marks);
            return ahead <= SLOTS ? ahead : 0;
        }
        ahead += 64 - slot % 64;
    }
    return 0;
}

/* An idle wheel lets the thread sleep. A mark may be stale: its timer was cancelled. */
static uint64_t next_wait(struct wheel *wheel, uint64_t now_ms)
{
    uint64_t ahead;
    while ((ahead = next_marked(wheel))) {
        uint64_t slot = (wheel->tick + ahead) % SLOTS;
        if (!list_is_empty(&wheel->slots[slot])) {
            uint64_t at_ms = (wheel->tick + ahead) * SLOT_MS;
            return at_ms > now_ms ? at_ms - now_ms : 0;
        }
        wheel->marks[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    }
    return UINT64_MAX;
}

uint64_t wheel_turn(struct wheel *wheel, uint64_t now_ms)
{
    uint64_t target = now_ms / SLOT_MS;
    /* After a long sleep of the machine one whole round is enough to see every timer. */
    if (target > wheel->tick + SLOTS)
        wheel->tick = target - SLOTS;
    while (wheel->tick < target) {
        wheel->tick++;
        fire_slot(wheel, &wheel->slots[wheel->tick % SLOTS], now_ms);
    }
    return next_wait(wheel, now_ms);
}
