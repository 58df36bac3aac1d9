/* SPDX-License-Identifier: Apache-2.0 */
#include "router/commands.h"

#include <jansson.h>

#include "common/attendance.h"
#include "common/route.h"
#include "common/tnetstring.h"
#include "router/roster.h"
#include "tests/support/yard.h"

#define PUBLISH                                                                                    \
    "115:6:method,7:publish,4:args,85:5:items,73:69:7:channel,4:test,7:formats,38:11:http-stream," \
    "19:7:content,6:hello\n,}}}]}}"
#define PUBLISHED "28:7:success,4:true!5:value,0:~}"

static struct yard yard_of_tests;
static struct routes *routes;
static struct roster *roster;
static struct commands *commands;

/* What frontends say: how many words are left to be heard; the last is that WebSocket "ws" came. */
static unsigned words_left;

static bool hear(void *context, uint64_t *until)
{
    (void)context;
    *until = 1;
    if (!words_left)
        return true;
    const struct attendance word = {
        .number = 77,
        .is_more = true,
        .is_websocket = true,
        .id = SPAN("ws"),
        .peer = SPAN(""),
    };
    if (--words_left == 0)
        roster_take(roster, &word, 0);
    return words_left == 0;
}

static int open_with(void **state, uint64_t rate)
{
    struct yard *yard = *state = &yard_of_tests;
    yard_open(yard, ZMQ_USE_COMMAND, 1000, ZMQ_DEALER);
    yard->config.limits.zmq_rate = rate;
    words_left = 0;
    routes = routes_new();
    roster = roster_new(NULL, routes);
    commands = commands_new(&(struct commands_parts){
        .loop = yard->loop,
        .limits = &yard->config.limits,
        .sockets = yard->sockets,
        .intake = yard->intake,
        .roster = roster,
        .hear = hear,
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
    roster_free(roster);
    routes_free(routes);
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

#define CHECK_WS "53:6:method,9:conncheck,4:args,21:3:ids,11:2:ws,3:abc,]}}"
#define WS_IS_KNOWN "33:7:success,4:true!5:value,5:2:ws,]}"

/* Returns: how many turns it takes until all was heard. */
static unsigned hear_all(struct yard *yard)
{
    unsigned turns = 1;
    yard_wait(yard, ZMQ_USE_COMMAND);
    while (commands_turn(commands, 0) == 0) {
        assert_false(zsock_events(yard->peer) & ZMQ_POLLIN);
        turns++;
    }
    return turns;
}

static void who_asks_is_answered_when_all_was_heard_that_frontends_have_said(void **state)
{
    struct yard *yard = *state;
    words_left = 3;
    ask(yard, CHECK_WS);
    assert_int_equal(hear_all(yard), 3);
    assert_reply(yard, WS_IS_KNOWN);
}

static void one_that_has_gone_is_not_known(void **state)
{
    struct yard *yard = *state;
    words_left = 1;
    assert_true(hear(NULL, &(uint64_t){0}));
    roster_take(roster, &(struct attendance){.number = 77}, 0);
    ask(yard, CHECK_WS);
    (void)turn(yard);
    assert_reply(yard, "28:7:success,4:true!5:value,0:]}");
}

static void a_refresh_by_id_names_the_connection_on_the_bus(void **state)
{
    struct yard *yard = *state;
    zmq_msg_t message;
    words_left = 1;
    ask(yard, "41:6:method,7:refresh,4:args,11:3:cid,2:ws,}}");
    (void)turn(yard);
    assert_reply(yard, PUBLISHED);
    struct span told = bus_next(yard->down, &message);
    assert_int_equal(question_kind(told), QUESTION_REFRESH);
    assert_int_equal(question_connection(told), 77);
    zmq_msg_close(&message);
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

/* Returns: a publish command of some 600 KB, for 20 items; caller frees. */
static char *large_command(void)
{
    char content[30001];
    struct buf out = {0};
    json_t *items = json_array();
    memset(content, 'x', sizeof(content) - 1);
    content[sizeof(content) - 1] = '\0';
    for (int i = 0; i < 20; i++)
        (void)json_array_append_new(
            items, json_pack("{s:s,s:{s:s}}", "channel", "c", "http-stream", "content", content));
    json_t *command = json_pack("{s:s,s:{s:o}}", "method", "publish", "args", "items", items);
    tnetstring_write(&out, command);
    json_decref(command);
    return buf_take(&out);
}

static void a_turn_reads_a_bounded_amount(void **state)
{
    struct yard *yard = *state;
    char *command = large_command();
    yard->config.limits.bus_frames = 100000;
    for (int i = 0; i < 8; i++)
        ask(yard, command);
    while (yard_published(yard) < UINT64_C(8) * 20) {
        uint64_t before = yard_published(yard);
        (void)commands_turn(commands, 0);
        assert_true(yard_published(yard) - before <= UINT64_C(2) * 20);
    }
    free(command);
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
    uint64_t wait_ms = LOOP_NEVER; /* the second has not come yet */
    while (wait_ms == LOOP_NEVER)
        wait_ms = commands_turn(commands, 999);
    assert_int_equal(wait_ms, 1);
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
        TEST(who_asks_is_answered_when_all_was_heard_that_frontends_have_said),
        TEST(one_that_has_gone_is_not_known),
        TEST(a_refresh_by_id_names_the_connection_on_the_bus),
        TEST(a_turn_answers_a_bounded_number),
        TEST(a_turn_reads_a_bounded_amount),
        cmocka_unit_test_setup_teardown(who_asks_faster_than_zmq_rate_is_answered_at_that_rate,
                                        open_yard_at_a_low_rate, close_yard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
