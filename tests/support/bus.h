/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frontends' side of the bus, for tests of the router: sockets that listen
 * and answer, and numbers that say what was drained.
 */
#ifndef TESTS_SUPPORT_BUS_H
#define TESTS_SUPPORT_BUS_H

#include <czmq.h>

#include "common/bus.h"
#include "common/handover.h"
#include "common/question.h"
#include "common/stats.h"
#include "common/wire.h"
#include "tests/unit/cmocka.h"

/* More than any test waits for; a test that gets here has failed. */
#define BUS_PATIENCE_MS 5000

static inline zsock_t *bus_connect(int type, const char *endpoint)
{
    zsock_t *socket = zsock_new(type);
    zsock_set_rcvhwm(socket, 0);
    zsock_set_sndhwm(socket, 0);
    zsock_set_linger(socket, 0);
    zsock_set_rcvtimeo(socket, BUS_PATIENCE_MS);
    assert_int_equal(zsock_connect(socket, "%s", endpoint), 0);
    return socket;
}

static inline zsock_t *bus_subscribe(void)
{
    zsock_t *down = bus_connect(ZMQ_SUB, BUS_DOWN);
    zsock_set_subscribe(down, "");
    return down;
}

/* Receives the next frame, whatever it is. Returns: its bytes, until `message` is closed. */
static inline struct span bus_next(zsock_t *down, zmq_msg_t *message)
{
    zmq_msg_init(message);
    assert_true(zmq_msg_recv(message, zsock_resolve(down), 0) >= 0);
    taken_over(zmq_msg_data(message));
    return span(zmq_msg_data(message), zmq_msg_size(message));
}

/* Receives the next item. Returns: its channel, until the next call. */
static inline const char *bus_next_channel(zsock_t *down)
{
    static char channel[64];
    for (;;) {
        zmq_msg_t message;
        struct item item;
        uint64_t hash;
        struct header headers[1];
        struct span bytes = bus_next(down, &message);
        bool is_item = !question_is(bytes);
        if (is_item) {
            assert_true(wire_open(&item, &hash, bytes, headers, 1));
            (void)snprintf(channel, sizeof(channel), "%.*s", (int)item.channel.len,
                           item.channel.at);
        }
        zmq_msg_close(&message);
        if (is_item)
            return channel;
    }
}

static inline bool bus_is_silent(zsock_t *down)
{
    return !(zsock_events(down) & ZMQ_POLLIN);
}

/* Counts everything the router sent as drained. */
static inline void bus_drain(const struct stats *router, struct stats *frontend)
{
    atomic_store(&frontend->values[STAT_bus_frames_drained],
                 stats_read(router, STAT_bus_frames_sent));
    atomic_store(&frontend->values[STAT_bus_bytes_drained],
                 stats_read(router, STAT_bus_bytes_sent));
}

#endif
