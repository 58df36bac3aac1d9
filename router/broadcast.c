/* SPDX-License-Identifier: Apache-2.0 */
#include "router/broadcast.h"

#include <czmq.h>

#include "common/bus.h"
#include "common/check.h"
#include "common/mem.h"
#include "common/wire.h"

/* What a subscription of all there is looks like when it arrives at an XPUB. */
#define SUBSCRIBED 1

struct broadcast {
    struct broadcast_parts parts;
    zsock_t *socket; /* XPUB */
    size_t subscribed;
};

struct broadcast *broadcast_new(const struct broadcast_parts *parts)
{
    struct broadcast *broadcast = mem_new(sizeof(*broadcast));
    broadcast->parts = *parts;
    broadcast->socket = zsock_new(ZMQ_XPUB);
    CHECK(broadcast->socket);
    zsock_set_sndhwm(broadcast->socket, 0);
    zsock_set_rcvhwm(broadcast->socket, 0);
    zsock_set_linger(broadcast->socket, 0);
    /* Else only the first of several equal subscriptions would be told. */
    zsock_set_xpub_verbose(broadcast->socket, 1);
    int bound = zsock_bind(broadcast->socket, "%s", BUS_DOWN);
    CHECK(bound >= 0);
    loop_wake_on_zmq(parts->loop, zsock_resolve(broadcast->socket));
    return broadcast;
}

void broadcast_free(struct broadcast *broadcast)
{
    if (!broadcast)
        return;
    /* Closing alone would free the name only some time later. */
    (void)zsock_unbind(broadcast->socket, "%s", BUS_DOWN);
    zsock_destroy(&broadcast->socket);
    free(broadcast);
}

void broadcast_turn(struct broadcast *broadcast)
{
    char news[2];
    while (zmq_recv(zsock_resolve(broadcast->socket), news, sizeof(news), ZMQ_DONTWAIT) > 0)
        broadcast->subscribed += news[0] == SUBSCRIBED;
}

bool broadcast_is_ready(const struct broadcast *broadcast)
{
    return broadcast->subscribed >= broadcast->parts.frontends;
}

static uint64_t sum(const struct broadcast *broadcast, enum stat_id stat)
{
    uint64_t all = 0;
    for (size_t i = 0; i < broadcast->parts.stats_count; i++)
        all += stats_read(broadcast->parts.all_stats[i], stat);
    return all;
}

/* Nothing is drained that was not counted as sent before: the differences are never below 0. */
struct backlog broadcast_backlog(const struct broadcast *broadcast)
{
    return (struct backlog){
        .frames = sum(broadcast, STAT_bus_frames_sent) - sum(broadcast, STAT_bus_frames_drained),
        .bytes = sum(broadcast, STAT_bus_bytes_sent) - sum(broadcast, STAT_bus_bytes_drained),
    };
}

bool broadcast_is_full(const struct broadcast *broadcast)
{
    const struct limits *limits = broadcast->parts.limits;
    struct backlog backlog = broadcast_backlog(broadcast);
    return backlog.frames >= limits->bus_frames || backlog.bytes >= limits->bus_bytes;
}

static void free_bytes(void *bytes, void *hint)
{
    (void)hint;
    free(bytes);
}

void broadcast_send_frame(struct broadcast *broadcast, struct buf *frame)
{
    int64_t frontends = (int64_t)broadcast->parts.frontends;
    stats_add(broadcast->parts.stats, STAT_bus_frames_sent, frontends);
    stats_add(broadcast->parts.stats, STAT_bus_bytes_sent, (int64_t)frame->len * frontends);

    /* The room that a growing buffer has to spare would stay as long as the slowest client. */
    char *bytes = mem_grow(frame->bytes, frame->len, 1);
    zmq_msg_t message;
    int failed = zmq_msg_init_data(&message, bytes, frame->len, free_bytes, NULL);
    CHECK(!failed);
    *frame = (struct buf){0};
    int sent = zmq_msg_send(&message, zsock_resolve(broadcast->socket), ZMQ_DONTWAIT);
    CHECK(sent >= 0); /* without a high-water mark there is always room */
}

void broadcast_send(struct broadcast *broadcast, const struct item *item)
{
    struct buf frame = {0};
    wire_seal(&frame, item);
    broadcast_send_frame(broadcast, &frame);
}
