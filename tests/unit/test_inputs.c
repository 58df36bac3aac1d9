/* SPDX-License-Identifier: Apache-2.0 */
#include "router/inputs.h"

#include "tests/support/yard.h"

#define MESSAGE(channel) "J{\"channel\":\"" channel "\",\"http-stream\":{\"content\":\"x\"}}"

static struct yard yard_of_tests;
static struct inputs *inputs;

static int open_with(void **state, uint64_t queue, uint64_t rate)
{
    struct yard *yard = *state = &yard_of_tests;
    yard_open(yard, ZMQ_USE_PULL, queue, ZMQ_PUSH);
    yard->config.limits.zmq_rate = rate;
    inputs = inputs_new(&(struct inputs_parts){
        .loop = yard->loop,
        .limits = &yard->config.limits,
        .sockets = yard->sockets,
        .intake = yard->intake,
        .stats = &yard->router,
    });
    return 0;
}

static int open_yard(void **state)
{
    return open_with(state, 1000, 100000);
}

static int open_yard_with_a_short_queue(void **state)
{
    return open_with(state, 1, 100000);
}

static int open_yard_at_a_low_rate(void **state)
{
    int failed = open_with(state, 1000, 50);
    yard_of_tests.config.limits.bus_frames = 1000;
    return failed;
}

static int close_yard(void **state)
{
    inputs_free(inputs);
    yard_close(*state);
    return 0;
}

static void push(struct yard *yard, const char *message)
{
    assert_int_equal(zstr_send(yard->peer, message), 0);
}

/* Turns once there is something to read. */
static uint64_t turn(struct yard *yard)
{
    yard_wait(yard, ZMQ_USE_PULL);
    return inputs_turn(inputs, 0);
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
    while (yard_published(yard) < 4)
        (void)turn(yard);
    uint64_t wait_ms = turn(yard);
    assert_true(wait_ms > 0 && wait_ms < LOOP_NEVER);
    assert_int_equal(yard_published(yard), 4);
    while (yard_published(yard) < 10) {
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
    while (yard_published(yard) < 900) {
        uint64_t before = yard_published(yard);
        (void)turn(yard);
        assert_true(yard_published(yard) - before <= 256);
    }
}

static void who_sends_faster_than_zmq_rate_is_read_at_that_rate(void **state)
{
    struct yard *yard = *state;
    for (int i = 0; i < 20; i++)
        push(yard, MESSAGE("news"));
    while (yard_published(yard) < 5) { /* a tenth of a second's */
        yard_wait(yard, ZMQ_USE_PULL);
        (void)inputs_turn(inputs, 1000);
    }
    yard_wait(yard, ZMQ_USE_PULL);
    assert_int_equal(inputs_turn(inputs, 1000), 20);
    assert_int_equal(inputs_turn(inputs, 1019), 1);
    assert_int_equal(yard_published(yard), 5);
    assert_int_equal(inputs_turn(inputs, 1020), 20);
    assert_int_equal(yard_published(yard), 6);
    while (yard_published(yard) < 11)
        (void)inputs_turn(inputs, 5000);
    assert_int_equal(inputs_turn(inputs, 5000), 20);
}

static void what_makes_no_sense_is_counted_and_passed_over(void **state)
{
    struct yard *yard = *state;
    push(yard, "nonsense");
    push(yard, MESSAGE("news"));
    while (yard_published(yard) < 1)
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
        cmocka_unit_test_setup_teardown(who_sends_faster_than_zmq_rate_is_read_at_that_rate,
                                        open_yard_at_a_low_rate, close_yard),
        TEST(what_makes_no_sense_is_counted_and_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
