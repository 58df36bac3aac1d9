/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs between a publisher of the test's and a bus whose one frontend is
 * the test, too.
 */
#include "router/inputs.h"

#include "common/loop.h"
#include "router/broadcast.h"
#include "router/intake.h"
#include "router/zsockets.h"
#include "tests/support/bus.h"

#define MESSAGE(channel) "J{\"channel\":\"" channel "\",\"http-stream\":{\"content\":\"x\"}}"

struct yard {
    struct config config;
    struct zport pull;
    struct stats router, frontend;
    const struct stats *all[2];
    struct loop *loop;
    struct broadcast *broadcast;
    struct intake *intake;
    struct zsockets *sockets;
    struct inputs *inputs;
    zsock_t *down, *push;
};

static int open_yard_with(void **state, uint64_t queue)
{
    static struct yard yard;
    char *why = NULL;
    yard = (struct yard){.all = {&yard.router, &yard.frontend}};
    limits_init(&yard.config.limits);
    yard.config.limits.bus_frames = 3;
    yard.config.limits.zmq_queue = queue;
    assert_null(zport_read(&yard.pull, SPAN("tcp://127.0.0.1:*")));
    yard.config.zmq[ZMQ_USE_PULL] = (struct zports){&yard.pull, 1};
    yard.loop = loop_new();
    yard.broadcast = broadcast_new(&(struct broadcast_parts){
        .loop = yard.loop,
        .limits = &yard.config.limits,
        .frontends = 1,
        .stats = &yard.router,
        .all_stats = yard.all,
        .stats_count = 2,
    });
    yard.intake = intake_new(yard.broadcast, &yard.config.limits, &yard.router);
    yard.sockets = zsockets_open(&yard.config, &why);
    assert_non_null(yard.sockets);
    yard.inputs = inputs_new(&(struct inputs_parts){
        .loop = yard.loop,
        .limits = &yard.config.limits,
        .sockets = yard.sockets,
        .intake = yard.intake,
        .stats = &yard.router,
    });
    yard.down = bus_subscribe();
    yard.push = bus_connect(ZMQ_PUSH, yard.sockets->bound[ZMQ_USE_PULL][0]);
    *state = &yard;
    return 0;
}

static int open_yard(void **state)
{
    return open_yard_with(state, 1000);
}

static int open_yard_with_a_short_queue(void **state)
{
    return open_yard_with(state, 1);
}

static int close_yard(void **state)
{
    struct yard *yard = *state;
    zsock_destroy(&yard->push);
    zsock_destroy(&yard->down);
    inputs_free(yard->inputs);
    zsockets_free(yard->sockets);
    intake_free(yard->intake);
    broadcast_free(yard->broadcast);
    loop_free(yard->loop);
    return 0;
}

static void push(struct yard *yard, const char *message)
{
    assert_int_equal(zstr_send(yard->push, message), 0);
}

/* Turns once there is something to read. */
static uint64_t turn(struct yard *yard)
{
    zmq_pollitem_t item = {zsock_resolve(yard->sockets->all[ZMQ_USE_PULL]), 0, ZMQ_POLLIN, 0};
    assert_int_equal(zmq_poll(&item, 1, BUS_PATIENCE_MS), 1);
    return inputs_turn(yard->inputs, 0);
}

static uint64_t published(const struct yard *yard)
{
    return stats_read(&yard->router, STAT_items_published);
}

static void a_message_becomes_an_item_on_the_bus(void **state)
{
    struct yard *yard = *state;
    push(yard, MESSAGE("news"));
    (void)turn(yard);
    assert_string_equal(bus_next_channel(yard->down), "news");
}

static void while_the_bus_is_full_nobody_is_read_and_nothing_is_lost(void **state)
{
    struct yard *yard = *state;
    for (int i = 0; i < 10; i++)
        push(yard, MESSAGE("news"));
    while (published(yard) < 4)
        (void)turn(yard);
    uint64_t wait_ms = turn(yard);
    assert_true(wait_ms > 0 && wait_ms < LOOP_NEVER);
    assert_int_equal(published(yard), 4);
    while (published(yard) < 10) {
        bus_drain(&yard->router, &yard->frontend);
        (void)turn(yard);
    }
    for (int i = 0; i < 10; i++)
        assert_string_equal(bus_next_channel(yard->down), "news");
}

/* Far more than the kernel keeps between the two. */
static void who_is_not_read_keeps_its_messages(void **state)
{
    struct yard *yard = *state;
    char message[32768] = "nonsense";
    zsock_t *eager = zsock_new(ZMQ_PUSH);
    zsock_set_sndhwm(eager, 1);
    zsock_set_sndtimeo(eager, 200);
    zsock_set_linger(eager, 0);
    assert_int_equal(zsock_connect(eager, "%s", yard->sockets->bound[ZMQ_USE_PULL][0]), 0);
    int sent = 0;
    while (sent < 2000 && zmq_send(zsock_resolve(eager), message, sizeof(message), 0) > 0)
        sent++;
    assert_in_range(sent, 1, 1999);
    zsock_destroy(&eager);
}

static void a_turn_reads_a_bounded_number(void **state)
{
    struct yard *yard = *state;
    yard->config.limits.bus_frames = 100000;
    for (int i = 0; i < 900; i++)
        push(yard, MESSAGE("news"));
    while (published(yard) < 900) {
        uint64_t before = published(yard);
        (void)turn(yard);
        assert_true(published(yard) - before <= 256);
    }
}

static void what_makes_no_sense_is_counted_and_passed_over(void **state)
{
    struct yard *yard = *state;
    push(yard, "nonsense");
    push(yard, MESSAGE("news"));
    while (published(yard) < 1)
        (void)turn(yard);
    assert_int_equal(stats_read(&yard->router, STAT_zmq_messages), 2);
    assert_int_equal(stats_read(&yard->router, STAT_zmq_refused), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_yard, close_yard)
        TEST(a_message_becomes_an_item_on_the_bus),
        TEST(while_the_bus_is_full_nobody_is_read_and_nothing_is_lost),
        cmocka_unit_test_setup_teardown(who_is_not_read_keeps_its_messages,
                                        open_yard_with_a_short_queue, close_yard),
        TEST(a_turn_reads_a_bounded_number),
        TEST(what_makes_no_sense_is_counted_and_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
