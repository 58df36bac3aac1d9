/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An intake whose bus is a line of text, for tests: what goes out is written down
 * in its order, "1 2 3", each item by its content.
 *
 *     world_publish(world, "3", "2")     id 3, says 3, follows 2
 *     world_pass(world, 5000)            the time
 *     assert_said(world, "3 ")
 *
 * It defines the functions of router/broadcast.h that the intake calls; so it is
 * for one file of each program.
 */
#ifndef TESTS_SUPPORT_INTAKE_WORLD_H
#define TESTS_SUPPORT_INTAKE_WORLD_H

#include <stdlib.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/item.h"
#include "common/loop.h"
#include "common/wire.h"
#include "router/broadcast.h"
#include "router/intake.h"

struct broadcast {
    struct buf said;
    uint64_t now_ms;
    bool says_when; /* each with the time: "1@0 2@5000 " */
    bool is_full;
};

struct world {
    struct limits limits;
    struct stats stats;
    struct broadcast bus;
    struct intake *intake;
    uint64_t wish_ms; /* what intake_turn() returned last */
};

void broadcast_turn(struct broadcast *broadcast)
{
    (void)broadcast;
}

bool broadcast_is_full(const struct broadcast *broadcast)
{
    return broadcast->is_full;
}

void broadcast_recover(struct broadcast *broadcast)
{
    buf_append(&broadcast->said, SPAN("recover "));
}

void broadcast_refresh(struct broadcast *broadcast, uint64_t number)
{
    buf_printf(&broadcast->said, "refresh-%llu ", (unsigned long long)number);
}

void broadcast_item(struct broadcast *broadcast, const struct item *item)
{
    struct buf *said = &broadcast->said;
    buf_append(said, item->formats[FORMAT_STREAM].content);
    if (broadcast->says_when)
        buf_printf(said, "@%llu", (unsigned long long)broadcast->now_ms);
    buf_append(said, SPAN(" "));
}

void broadcast_frame(struct broadcast *broadcast, struct buf *frame)
{
    struct item item;
    uint64_t hash;
    struct header headers[1];
    bool is_whole = wire_open(&item, &hash, buf_span(frame), headers, 1);
    CHECK(is_whole);
    broadcast_item(broadcast, &item);
    buf_done(frame);
}

/* Limits are the defaults; they may be changed as long as nothing was published. */
static inline void world_begin(struct world *world)
{
    *world = (struct world){.wish_ms = LOOP_NEVER};
    limits_init(&world->limits);
    world->intake = intake_new(&world->bus, &world->limits, &world->stats);
}

static inline void world_end(struct world *world)
{
    intake_free(world->intake);
    buf_done(&world->bus.said);
}

/* Returns: what went out since the last time; caller frees. */
static inline char *world_said(struct world *world)
{
    return buf_take(&world->bus.said);
}

static inline struct item world_item(const char *channel, const char *id, const char *prev_id,
                                     const char *content)
{
    struct item item = {.channel = span_of(channel)};
    if (id)
        item.id = span_of(id);
    if (prev_id)
        item.prev_id = span_of(prev_id);
    item.formats[FORMAT_STREAM] = (struct format){.is_present = true, .content = span_of(content)};
    return item;
}

static inline enum fate world_take(struct world *world, const struct item *item)
{
    enum fate fate;
    intake_take(world->intake, item, 1, world->bus.now_ms, &fate);
    return fate;
}

static inline enum fate world_publish_on(struct world *world, const char *channel, const char *what,
                                         const char *prev_id)
{
    struct item item = world_item(channel, what, prev_id, what);
    return world_take(world, &item);
}

/* On channel "c"; `what` is its id and its content. */
static inline enum fate world_publish(struct world *world, const char *what, const char *prev_id)
{
    return world_publish_on(world, "c", what, prev_id);
}

static inline uint64_t world_counted(const struct world *world, enum stat_id which)
{
    return stats_read(&world->stats, which);
}

/* Lets time go by and the intake have its turn. */
static inline void world_pass(struct world *world, uint64_t ms)
{
    world->bus.now_ms += ms;
    world->wish_ms = intake_turn(world->intake, world->bus.now_ms);
}

/* For tests with cmocka: that this has gone out since the last time. */
#define assert_said(world, expected)                                                               \
    do {                                                                                           \
        char *said_ = world_said(world);                                                           \
        assert_string_equal(said_, expected);                                                      \
        free(said_);                                                                               \
    } while (0)

#endif
