/* SPDX-License-Identifier: Apache-2.0 */
#include "router/broadcast.h"

#include <stdlib.h>

#include <czmq.h>

#include "common/bus.h"
#include "common/check.h"
#include "common/handover.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/question.h"
#include "common/wire.h"
#include "router/tally.h"

/* What an XPUB receives begins with this byte where somebody subscribes. */
#define SUBSCRIBES 1

struct broadcast {
    struct broadcast_parts parts;
    zsock_t *down; /* XPUB */
    size_t subscriptions;
    struct tally *tally; /* NULL where nobody is told who hears the items */
};

static zsock_t *bind_down(void)
{
    zsock_t *down = zsock_new(ZMQ_XPUB);
    CHECK(down);
    zsock_set_sndhwm(down, 0);
    zsock_set_rcvhwm(down, 0);
    zsock_set_linger(down, 0);
    /* All subscribe to the same; without this only the first would be told. */
    zsock_set_xpub_verbose(down, 1);
    int failed = zsock_bind(down, "%s", BUS_DOWN);
    CHECK(!failed);
    return down;
}

struct broadcast *broadcast_new(const struct broadcast_parts *parts)
{
    struct broadcast *broadcast = mem_new(sizeof(*broadcast));
    broadcast->parts = *parts;
    broadcast->down = bind_down();
    loop_wake_on_zmq(parts->loop, zsock_resolve(broadcast->down));
    return broadcast;
}

void broadcast_free(struct broadcast *broadcast)
{
    if (!broadcast)
        return;
    /* Closing happens later, on a thread of ZeroMQ's; the name shall be free now. */
    (void)zsock_unbind(broadcast->down, "%s", BUS_DOWN);
    zsock_destroy(&broadcast->down);
    free(broadcast);
}

void broadcast_count(struct broadcast *broadcast, struct tally *tally)
{
    broadcast->tally = tally;
}

void broadcast_turn(struct broadcast *broadcast)
{
    unsigned char said = 0;
    while (zmq_recv(zsock_resolve(broadcast->down), &said, sizeof(said), ZMQ_DONTWAIT) >= 0)
        broadcast->subscriptions += said == SUBSCRIBES;
}

bool broadcast_is_complete(const struct broadcast *broadcast)
{
    return broadcast->subscriptions >= broadcast->parts.frontends;
}

/* The last frontend to let go of a frame frees it, on its own thread. */
static void free_bytes(void *bytes, void *hint)
{
    (void)hint;
    taken_over(bytes);
    free(bytes);
}

/* Counted before it is sent: a frontend may have drained it before we are back. */
static void send_frame(struct broadcast *broadcast, struct buf *frame)
{
    struct stats *stats = broadcast->parts.stats;
    size_t frontends = broadcast->parts.frontends;
    stats_add(stats, STAT_bus_frames_sent, (int64_t)frontends);
    stats_add(stats, STAT_bus_bytes_sent, (int64_t)(frame->len * frontends));

    zmq_msg_t message;
    int failed = zmq_msg_init_data(&message, frame->bytes, frame->len, free_bytes, NULL);
    CHECK(!failed);
    handed_over(frame->bytes);
    *frame = (struct buf){0};
    int sent = zmq_msg_send(&message, zsock_resolve(broadcast->down), ZMQ_DONTWAIT);
    CHECK(sent >= 0);
}

void broadcast_frame(struct broadcast *broadcast, struct buf *frame)
{
    if (broadcast->tally)
        tally_begin(broadcast->tally, frame);
    send_frame(broadcast, frame);
}

void broadcast_item(struct broadcast *broadcast, const struct item *item)
{
    struct buf frame = {0};
    wire_seal(&frame, item);
    broadcast_frame(broadcast, &frame);
}

void broadcast_question(struct broadcast *broadcast, uint64_t serial)
{
    struct buf frame = {0};
    frame.len = question_ask(buf_reserve(&frame, QUESTION_BYTES), serial);
    send_frame(broadcast, &frame);
}

void broadcast_recover(struct broadcast *broadcast)
{
    struct buf frame = {0};
    frame.len = question_recover(buf_reserve(&frame, QUESTION_BYTES));
    send_frame(broadcast, &frame);
}

void broadcast_refresh(struct broadcast *broadcast, uint64_t number)
{
    struct buf frame = {0};
    frame.len = question_refresh(buf_reserve(&frame, QUESTION_BYTES), number);
    send_frame(broadcast, &frame);
}

static uint64_t waiting(const struct broadcast *broadcast, enum stat_id sent, enum stat_id drained)
{
    return stats_waiting(broadcast->parts.all_stats, broadcast->parts.stats_count, sent, drained);
}

bool broadcast_is_full(const struct broadcast *broadcast)
{
    const struct limits *limits = broadcast->parts.limits;
    if (broadcast->tally && tally_is_full(broadcast->tally))
        return true;
    return waiting(broadcast, STAT_bus_frames_sent, STAT_bus_frames_drained) > limits->bus_frames ||
           waiting(broadcast, STAT_bus_bytes_sent, STAT_bus_bytes_drained) > limits->bus_bytes;
}
