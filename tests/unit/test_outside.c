/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole router thread with a PULL or a stats socket, on an endpoint where what was sent
 * has arrived: a publisher of the test's at one end, the test as its only frontend
 * at the other.
 */
#include "router/outside.h"

#include <pthread.h>
#include <stdatomic.h>

#include "common/attendance.h"
#include "common/route.h"
#include "router/zsockets.h"
#include "tests/support/router_stage.h"

#define PLACE "inproc://test-pull"
#define MESSAGE(channel) "J{\"channel\":\"" channel "\",\"http-stream\":{\"content\":\"x\"}}"

static struct zport port = {.text = PLACE};
static zsock_t *push;

static int set_stage_with_pull(void **state)
{
    set_stage(state);
    struct stage *stage = *state;
    char *why = NULL;
    stage->config.zmq[ZMQ_USE_PULL] = (struct zports){&port, 1};
    stage->zsockets = zsockets_open(&stage->config, &why);
    assert_non_null(stage->zsockets);
    push = bus_connect(ZMQ_PUSH, PLACE);
    return 0;
}

static int clear_stage_with_pull(void **state)
{
    zsock_destroy(&push);
    return clear_stage(state);
}

static void send_message(const char *message)
{
    assert_int_equal(zstr_send(push, message), 0);
}

static void *close_router(void *router)
{
    router_close(router);
    return NULL;
}

static uint64_t published(const struct stage *stage)
{
    return stats_read(&stage->router_stats, STAT_items_published);
}

static void what_came_before_the_router_was_open_is_taken_when_it_is(void **state)
{
    struct stage *stage = *state;
    send_message(MESSAGE("early"));
    open_stage(stage);
    assert_string_equal(bus_next_channel(stage->down), "early");
}

static void closing_takes_what_has_come_while_there_is_time(void **state)
{
    struct stage *stage = *state;
    stage->config.limits.bus_frames = 0; /* full as soon as anything awaits the frontend */
    stage->config.limits.stop_wait_ms = 60000;
    open_stage(stage);
    static const char *const messages[] = {MESSAGE("a"), MESSAGE("b"), MESSAGE("c")};
    for (size_t i = 0; i < ARRAY_LEN(messages); i++)
        send_message(messages[i]);

    pthread_t closing;
    (void)pthread_create(&closing, NULL, close_router, stage->router);
    for (int i = 0; i < BUS_PATIENCE_MS && published(stage) < ARRAY_LEN(messages); i++) {
        bus_drain(&stage->router_stats, &stage->frontend);
        (void)poll(NULL, 0, 1);
    }
    (void)pthread_join(closing, NULL);
    assert_string_equal(bus_next_channel(stage->down), "a");
    assert_string_equal(bus_next_channel(stage->down), "b");
    assert_string_equal(bus_next_channel(stage->down), "c");
}

static void closing_does_not_wait_for_ever_for_room_on_the_bus(void **state)
{
    struct stage *stage = *state;
    stage->config.limits.bus_frames = 0;
    stage->config.limits.stop_wait_ms = 0;
    open_stage(stage);
    send_message(MESSAGE("late"));
    router_close(stage->router);
}

#define BY_HTTP 5

static void who_waits_by_http_leaves_room_for_who_waits_by_zeromq(void **state)
{
    struct stage *stage = *state;
    int publishers[BY_HTTP];
    size_t place = 0;
    stage->config.limits.bus_frames = 0; /* one item is all that has room */
    stage->config.limits.publish_wait_ms = 60000;
    open_stage(stage);
    for (size_t i = 0; i < BY_HTTP; i++) {
        publishers[i] = connect_publisher(stage->port);
        send_post(publishers[i], "", BODY("http"));
    }
    assert_int_equal(poll(&(struct pollfd){publishers[BY_HTTP - 1], POLLIN, 0}, 1, QUIET_MS), 0);
    send_message(MESSAGE("zeromq"));
    for (int i = 0; i < BUS_PATIENCE_MS && published(stage) < BY_HTTP + 1; i++) {
        bus_drain(&stage->router_stats, &stage->frontend);
        (void)poll(NULL, 0, 1);
    }
    while (strcmp(bus_next_channel(stage->down), "zeromq") != 0)
        place++;
    assert_in_range(place, 0, 2); /* behind one that found room, and one that went first */
    for (size_t i = 0; i < BY_HTTP; i++)
        close(publishers[i]);
}

/* ---- the stats socket ---- */

#define STATS_PLACE "inproc://test-stats"
#define MANY 10000 /* words: more than the router takes in one turn */

static struct zport stats_port = {.text = STATS_PLACE};
static zsock_t *reader, *up, *asker;

static void open_zsockets_with_stats(struct stage *stage)
{
    char *why = NULL;
    stage->config.zmq_stats_connections = true;
    stage->config.zmq_stats_interval = 3600;
    stage->config.zmq[ZMQ_USE_STATS] = (struct zports){&stats_port, 1};
    stage->zsockets = zsockets_open(&stage->config, &why);
    assert_non_null(stage->zsockets);
    reader = bus_connect(ZMQ_SUB, STATS_PLACE);
    zsock_set_subscribe(reader, "conn ");
}

static int set_stage_with_stats(void **state)
{
    set_stage(state);
    open_zsockets_with_stats(*state);
    return 0;
}

static int clear_stage_with_stats(void **state)
{
    zsock_destroy(&reader);
    zsock_destroy(&up);
    return clear_stage(state);
}

static void say(zsock_t *socket, uint64_t number, bool is_more)
{
    struct attendance word = {.number = number, .is_more = is_more};
    char bytes[64];
    attendance_write(bytes, &word);
    handed_over(bytes);
    assert_true(zmq_send(zsock_resolve(socket), bytes, attendance_size(&word), 0) > 0);
}

static void say_of_all(bool is_more)
{
    for (uint64_t number = 0; number < MANY; number++)
        say(up, number, is_more);
}

static size_t count_packets(const char *word)
{
    size_t count = 0;
    char packet[300];
    for (int len; count < MANY; count += strstr(packet, word) != NULL) {
        len = zmq_recv(zsock_resolve(reader), packet, sizeof(packet) - 1, 0);
        if (len < 0)
            break;
        packet[len] = '\0';
    }
    return count;
}

static void what_frontends_say_last_is_told_before_the_router_ends(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    up = bus_connect(ZMQ_PUSH, BUS_UP);
    say_of_all(true);
    assert_int_equal(count_packets("ttl"), MANY);
    say_of_all(false);
    router_stop(stage->router);
    stage->router = NULL;
    assert_int_equal(count_packets("unavailable"), MANY);
}

/* ---- the command socket ---- */

#define COMMAND_PLACE "inproc://test-command"
#define WORDS_MOST 1000000 /* some seconds */

static struct zport command_port = {.text = COMMAND_PLACE};

static int set_stage_with_commands(void **state)
{
    set_stage(state);
    struct stage *stage = *state;
    stage->config.zmq[ZMQ_USE_COMMAND] = (struct zports){&command_port, 1};
    open_zsockets_with_stats(stage);
    asker = bus_connect(ZMQ_REQ, COMMAND_PLACE);
    return 0;
}

static int clear_stage_with_commands(void **state)
{
    zsock_destroy(&asker);
    return clear_stage_with_stats(state);
}

static atomic_bool is_answered;

/* A frontend that always has words waiting, some thousand of them. Returns: NULL where the asker
 * had its answer meanwhile. */
static void *go_on_saying(void *context)
{
    struct stage *stage = context;
    zsock_t *socket = bus_connect(ZMQ_PUSH, BUS_UP);
    uint64_t said = 0;
    while (said < WORDS_MOST && !atomic_load(&is_answered)) {
        if (stats_waiting(stage->all, 2, STAT_bus_words_sent, STAT_bus_words_drained) > 5000)
            continue;
        stats_add(&stage->frontend, STAT_bus_words_sent, 1);
        say(socket, said / 2, said % 2 == 0);
        said++;
    }
    if (said % 2)
        say(socket, said / 2, false);
    zsock_destroy(&socket);
    return said < WORDS_MOST ? NULL : context;
}

static void a_command_is_answered_although_frontends_never_stop_talking(void **state)
{
    struct stage *stage = *state;
    pthread_t frontend;
    void *was_late;
    open_stage(stage);
    atomic_store(&is_answered, false);
    (void)pthread_create(&frontend, NULL, go_on_saying, stage);
    while (stats_read(&stage->router_stats, STAT_bus_words_drained) < 1000)
        (void)poll(NULL, 0, 1);
    assert_int_equal(zstr_send(asker, "25:6:method,12:get-zmq-uris,}"), 0);
    char *answer = zstr_recv(asker);
    atomic_store(&is_answered, true);
    (void)pthread_join(frontend, &was_late);
    assert_null(was_late);
    assert_non_null(answer);
    zstr_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_stage_with_pull, clear_stage_with_pull)
        TEST(what_came_before_the_router_was_open_is_taken_when_it_is),
        TEST(closing_takes_what_has_come_while_there_is_time),
        TEST(closing_does_not_wait_for_ever_for_room_on_the_bus),
        TEST(who_waits_by_http_leaves_room_for_who_waits_by_zeromq),
        cmocka_unit_test_setup_teardown(what_frontends_say_last_is_told_before_the_router_ends,
                                        set_stage_with_stats, clear_stage_with_stats),
        cmocka_unit_test_setup_teardown(a_command_is_answered_although_frontends_never_stop_talking,
                                        set_stage_with_commands, clear_stage_with_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
