/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZeroMQ of the outside for tests: a socket of the router's, a peer of the test's,
 * and a bus whose one frontend is the test, too. It is full when more than three
 * items await it.
 */
#ifndef TESTS_SUPPORT_YARD_H
#define TESTS_SUPPORT_YARD_H

#include "common/loop.h"
#include "router/broadcast.h"
#include "router/intake.h"
#include "router/zsockets.h"
#include "tests/support/bus.h"

struct yard {
    struct config config;
    struct zport port;
    struct stats router, frontend;
    const struct stats *all[2];
    struct loop *loop;
    struct broadcast *broadcast;
    struct intake *intake;
    struct zsockets *sockets;
    zsock_t *down, *peer;
};

/* Opens a yard with a socket for `use`, which queues `queue` messages, and a peer of `type`. */
static inline void yard_open(struct yard *yard, enum zmq_use use, uint64_t queue, int type)
{
    char *why = NULL;
    *yard = (struct yard){.all = {&yard->router, &yard->frontend}};
    limits_init(&yard->config.limits);
    yard->config.limits.bus_frames = 3;
    yard->config.limits.zmq_queue = queue;
    assert_null(zport_read(&yard->port, SPAN("tcp://127.0.0.1:*")));
    yard->config.zmq[use] = (struct zports){&yard->port, 1};
    yard->loop = loop_new();
    yard->broadcast = broadcast_new(&(struct broadcast_parts){
        .loop = yard->loop,
        .limits = &yard->config.limits,
        .frontends = 1,
        .stats = &yard->router,
        .all_stats = yard->all,
        .stats_count = 2,
    });
    yard->intake = intake_new(yard->broadcast, &yard->config.limits, &yard->router);
    yard->sockets = zsockets_open(&yard->config, &why);
    assert_non_null(yard->sockets);
    yard->down = bus_subscribe();
    yard->peer = bus_connect(type, yard->sockets->bound[use][0]);
}

static inline void yard_close(struct yard *yard)
{
    zsock_destroy(&yard->peer);
    zsock_destroy(&yard->down);
    zsockets_free(yard->sockets);
    intake_free(yard->intake);
    broadcast_free(yard->broadcast);
    loop_free(yard->loop);
}

/* Waits until there is something to read for `use`. */
static inline void yard_wait(struct yard *yard, enum zmq_use use)
{
    zmq_pollitem_t item = {zsock_resolve(yard->sockets->all[use]), 0, ZMQ_POLLIN, 0};
    assert_int_equal(zmq_poll(&item, 1, BUS_PATIENCE_MS), 1);
}

static inline uint64_t yard_published(const struct yard *yard)
{
    return stats_read(&yard->router, STAT_items_published);
}

#endif
