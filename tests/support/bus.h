/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole bus in one thread: the router's end, and sockets in place of two
 * frontends with a counter struct each.
 *
 * Within a thread inproc needs no waiting: what was sent is there.
 */
#ifndef TESTS_SUPPORT_BUS_H
#define TESTS_SUPPORT_BUS_H

#include "tests/unit/cmocka.h"

#include <czmq.h>

#include "common/bus.h"
#include "common/limits.h"
#include "router/broadcast.h"

#define BUS_FRONTENDS 2

struct bus {
    struct limits limits;
    struct loop *loop;
    struct stats stats[BUS_FRONTENDS + 1]; /* the router's last */
    const struct stats *all_stats[BUS_FRONTENDS + 1];
    struct broadcast *broadcast;
    zsock_t *down[BUS_FRONTENDS]; /* SUB */
};

static struct bus bus;

static inline void bus_subscribe(int frontend)
{
    bus.down[frontend] = zsock_new(ZMQ_SUB);
    zsock_set_rcvhwm(bus.down[frontend], 0);
    assert_int_equal(zsock_connect(bus.down[frontend], "%s", BUS_DOWN), 0);
    zsock_set_subscribe(bus.down[frontend], "");
}

static inline int bus_setup(void **state)
{
    (void)state;
    bus = (struct bus){0};
    zsys_handler_set(NULL);
    limits_init(&bus.limits);
    for (int i = 0; i <= BUS_FRONTENDS; i++)
        bus.all_stats[i] = &bus.stats[i];
    bus.loop = loop_new();
    bus.broadcast = broadcast_new(&(struct broadcast_parts){
        .loop = bus.loop,
        .limits = &bus.limits,
        .frontends = BUS_FRONTENDS,
        .stats = &bus.stats[BUS_FRONTENDS],
        .all_stats = bus.all_stats,
        .stats_count = BUS_FRONTENDS + 1,
    });
    return 0;
}

static inline int bus_teardown(void **state)
{
    (void)state;
    for (int i = 0; i < BUS_FRONTENDS; i++)
        zsock_destroy(&bus.down[i]);
    broadcast_free(bus.broadcast);
    loop_free(bus.loop);
    return 0;
}

/* Takes the next frame of a frontend as it does, counting.
 * Returns: false where none waits. */
static inline bool bus_drain(int frontend, zmq_msg_t *frame)
{
    (void)zmq_msg_init(frame);
    if (zmq_msg_recv(frame, zsock_resolve(bus.down[frontend]), ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(frame);
        return false;
    }
    stats_add(&bus.stats[frontend], STAT_bus_frames_drained, 1);
    stats_add(&bus.stats[frontend], STAT_bus_bytes_drained, (int64_t)zmq_msg_size(frame));
    return true;
}

#endif
