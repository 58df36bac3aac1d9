/* SPDX-License-Identifier: Apache-2.0 */
#include "router/commands.h"

#include "tests/support/yard.h"

#define PUBLISH                                                                                    \
    "115:6:method,7:publish,4:args,85:5:items,73:69:7:channel,4:test,7:formats,38:11:http-stream," \
    "19:7:content,6:hello\n,}}}]}}"
#define PUBLISHED "28:7:success,4:true!5:value,0:~}"

static struct yard yard_of_tests;
static struct commands *commands;

static int open_with(void **state, uint64_t rate)
{
    struct yard *yard = *state = &yard_of_tests;
    yard_open(yard, ZMQ_USE_COMMAND, 1000, ZMQ_DEALER);
    yard->config.limits.zmq_rate = rate;
    commands = commands_new(&(struct commands_parts){
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
    return open_with(state, 100000);
}

static int open_yard_at_a_low_rate(void **state)
{
    return open_with(state, 1);
}

static int close_yard(void **state)
{
    commands_free(commands);
    yard_close(*state);
    return 0;
}

static void ask(struct yard *yard, const char *request)
{
    assert_int_equal(zstr_sendx(yard->peer, "", request, NULL), 0);
}

static uint64_t turn(struct yard *yard)
{
    yard_wait(yard, ZMQ_USE_COMMAND);
    return commands_turn(commands, 0);
}

static void assert_reply(struct yard *yard, const char *expected)
{
    char *empty, *reply;
    assert_int_equal(zstr_recvx(yard->peer, &empty, &reply, NULL), 2);
    assert_string_equal(empty, "");
    assert_string_equal(reply, expected);
    zstr_free(&empty);
    zstr_free(&reply);
}

static void who_publishes_is_answered_when_its_items_are_on_the_bus(void **state)
{
    struct yard *yard = *state;
    ask(yard, PUBLISH);
    while (yard_published(yard) < 1)
        (void)turn(yard);
    assert_reply(yard, PUBLISHED);
    assert_string_equal(bus_next_channel(yard->down), "test");
}

static void while_the_bus_is_full_nobody_is_answered(void **state)
{
    struct yard *yard = *state;
    for (int i = 0; i < 6; i++)
        ask(yard, PUBLISH);
    while (yard_published(yard) < 4)
        (void)turn(yard);
    uint64_t wait_ms = turn(yard);
    assert_true(wait_ms > 0 && wait_ms < LOOP_NEVER);
    assert_int_equal(yard_published(yard), 4);
    while (yard_published(yard) < 6) {
        bus_drain(&yard->router, &yard->frontend);
        (void)turn(yard);
    }
    for (int i = 0; i < 6; i++)
        assert_reply(yard, PUBLISHED);
}

static void a_turn_answers_a_bounded_number(void **state)
{
    struct yard *yard = *state;
    yard->config.limits.bus_frames = 100000;
    for (int i = 0; i < 100; i++)
        ask(yard, PUBLISH);
    while (yard_published(yard) < 100) {
        uint64_t before = yard_published(yard);
        (void)turn(yard);
        assert_true(yard_published(yard) - before <= 32);
    }
}

static void who_asks_faster_than_zmq_rate_is_answered_at_that_rate(void **state)
{
    struct yard *yard = *state;
    for (int i = 0; i < 2; i++)
        ask(yard, PUBLISH);
    while (yard_published(yard) < 1) {
        yard_wait(yard, ZMQ_USE_COMMAND);
        (void)commands_turn(commands, 0);
    }
    yard_wait(yard, ZMQ_USE_COMMAND);
    assert_int_equal(commands_turn(commands, 999), 1);
    assert_int_equal(yard_published(yard), 1);
    while (yard_published(yard) < 2)
        (void)commands_turn(commands, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_yard, close_yard)
        TEST(who_publishes_is_answered_when_its_items_are_on_the_bus),
        TEST(while_the_bus_is_full_nobody_is_answered),
        TEST(a_turn_answers_a_bounded_number),
        cmocka_unit_test_setup_teardown(who_asks_faster_than_zmq_rate_is_answered_at_that_rate,
                                        open_yard_at_a_low_rate, close_yard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
