/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/bus.h"

#include "common/wire.h"

static const struct item hello = {
    .channel = {"c", 1},
    .formats[FORMAT_STREAM] = {.is_present = true, .content = {"hello", 5}},
};

static void it_is_ready_when_every_frontend_has_subscribed(void **state)
{
    (void)state;
    broadcast_turn(bus.broadcast);
    assert_false(broadcast_is_ready(bus.broadcast));
    bus_subscribe(0);
    broadcast_turn(bus.broadcast);
    assert_false(broadcast_is_ready(bus.broadcast));
    bus_subscribe(1);
    broadcast_turn(bus.broadcast);
    assert_true(broadcast_is_ready(bus.broadcast));
}

static void subscribe_both(void)
{
    bus_subscribe(0);
    bus_subscribe(1);
    broadcast_turn(bus.broadcast);
}

static void each_item_arrives_once_at_each_frontend_and_is_the_same_bytes(void **state)
{
    (void)state;
    subscribe_both();
    broadcast_send(bus.broadcast, &hello);
    zmq_msg_t at_first, at_second, more;
    assert_true(bus_drain(0, &at_first));
    assert_true(bus_drain(1, &at_second));
    assert_ptr_equal(zmq_msg_data(&at_first), zmq_msg_data(&at_second));
    assert_false(bus_drain(0, &more));
    assert_false(bus_drain(1, &more));

    struct header headers[1];
    struct item item;
    uint64_t hash;
    struct span frame = span(zmq_msg_data(&at_first), zmq_msg_size(&at_first));
    assert_true(wire_open(&item, &hash, frame, headers, 1));
    assert_true(span_equal(item.formats[FORMAT_STREAM].content, SPAN("hello")));
    (void)zmq_msg_close(&at_first);
    (void)zmq_msg_close(&at_second);
}

static void items_arrive_in_the_order_they_were_sent(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    subscribe_both();
    char id[16];
    struct item item = hello;
    for (int i = 0; i < MANY; i++) {
        item.id = span(id, (size_t)snprintf(id, sizeof(id), "%d", i));
        broadcast_send(bus.broadcast, &item);
    }
    zmq_msg_t frame;
    for (int i = 0; i < MANY; i++) {
        struct header headers[1];
        uint64_t hash;
        assert_true(bus_drain(1, &frame));
        assert_true(
            wire_open(&item, &hash, span(zmq_msg_data(&frame), zmq_msg_size(&frame)), headers, 1));
        (void)snprintf(id, sizeof(id), "%d", i);
        assert_true(span_equal(item.id, span_of(id)));
        (void)zmq_msg_close(&frame);
    }
}

static void the_backlog_is_what_the_frontends_have_not_drained(void **state)
{
    (void)state;
    subscribe_both();
    broadcast_send(bus.broadcast, &hello);
    zmq_msg_t frame;
    assert_true(bus_drain(0, &frame));
    size_t bytes = zmq_msg_size(&frame);
    (void)zmq_msg_close(&frame);
    struct backlog backlog = broadcast_backlog(bus.broadcast);
    assert_int_equal(backlog.frames, 1);
    assert_int_equal(backlog.bytes, bytes);
    assert_true(bus_drain(1, &frame));
    (void)zmq_msg_close(&frame);
    backlog = broadcast_backlog(bus.broadcast);
    assert_int_equal(backlog.frames, 0);
    assert_int_equal(backlog.bytes, 0);
}

static void it_is_full_at_either_limit_and_room_comes_back(void **state)
{
    (void)state;
    subscribe_both();
    bus.limits.bus_frames = 4;
    broadcast_send(bus.broadcast, &hello);
    assert_false(broadcast_is_full(bus.broadcast));
    broadcast_send(bus.broadcast, &hello);
    assert_true(broadcast_is_full(bus.broadcast));
    zmq_msg_t frame;
    assert_true(bus_drain(0, &frame));
    (void)zmq_msg_close(&frame);
    assert_false(broadcast_is_full(bus.broadcast));
    bus.limits.bus_bytes = broadcast_backlog(bus.broadcast).bytes;
    assert_true(broadcast_is_full(bus.broadcast));
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, bus_setup, bus_teardown)
    const struct CMUnitTest tests[] = {
        RULE(it_is_ready_when_every_frontend_has_subscribed),
        RULE(each_item_arrives_once_at_each_frontend_and_is_the_same_bytes),
        RULE(items_arrive_in_the_order_they_were_sent),
        RULE(the_backlog_is_what_the_frontends_have_not_drained),
        RULE(it_is_full_at_either_limit_and_room_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
