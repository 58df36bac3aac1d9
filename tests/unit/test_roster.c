/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A roster with a clock of the test's, and a reader of the stats socket.
 */
#include "router/roster.h"

#include "common/attendance.h"
#include "common/loop.h"
#include "common/route.h"
#include "router/packet.h"
#include "router/zsockets.h"
#include "tests/support/bus.h"

#define TICK_MS UINT64_C(20)
#define EARLIEST_MS UINT64_C(60000)
#define LATEST_MS UINT64_C(90000)
#define MANY 20000

struct hall {
    struct config config;
    struct zsockets *sockets;
    struct packets *packets;
    struct roster *roster;
    zsock_t *reader;
    char *name;
    uint64_t now_ms;
};

static int open_hall(void **state)
{
    static struct hall hall;
    static struct zport port;
    static int places; /* ZeroMQ frees a name some time after its socket was closed */
    char *why = NULL;
    hall = (struct hall){.config = {.zmq_stats_json = true}};
    (void)snprintf(port.text, sizeof(port.text), "inproc://test-roster-%d", places++);
    limits_init(&hall.config.limits);
    hall.config.zmq[ZMQ_USE_STATS] = (struct zports){&port, 1};
    hall.config.routes = routes_new();
    assert_null(routes_add(hall.config.routes, SPAN("a.test localhost:1")));
    assert_null(routes_add(hall.config.routes, SPAN("b.test,id=named localhost:1")));
    hall.sockets = zsockets_open(&hall.config, &why);
    assert_non_null(hall.sockets);
    hall.name = packet_from();
    hall.packets = packets_new(hall.sockets);
    hall.roster = roster_new(hall.packets, hall.config.routes);
    hall.reader = bus_connect(ZMQ_SUB, port.text);
    zsock_set_subscribe(hall.reader, "conn ");
    *state = &hall;
    return 0;
}

static int close_hall(void **state)
{
    struct hall *hall = *state;
    free(hall->name);
    zsock_destroy(&hall->reader);
    roster_free(hall->roster);
    packets_free(hall->packets);
    zsockets_free(hall->sockets);
    routes_free(hall->config.routes);
    return 0;
}

static void come(struct hall *hall, uint64_t number, uint16_t route)
{
    const struct attendance one = {
        .number = number, .is_more = true, .route = route, .peer = SPAN("192.0.2.1")};
    roster_take(hall->roster, &one, hall->now_ms);
}

static void come_by_websocket(struct hall *hall, uint64_t number, const char *id)
{
    const struct attendance one = {.number = number,
                                   .is_more = true,
                                   .is_websocket = true,
                                   .is_ssl = true,
                                   .route = 1,
                                   .id = span_of(id)};
    roster_take(hall->roster, &one, hall->now_ms);
}

static void go(struct hall *hall, uint64_t number)
{
    roster_take(hall->roster, &(struct attendance){.number = number}, hall->now_ms);
}

/* Returns: the next packet, until the next call, with "ME" for our own name; "" where there is
 * none. */
static const char *packet(struct hall *hall)
{
    static char text[300];
    int len = zmq_recv(zsock_resolve(hall->reader), text, sizeof(text) - 1, ZMQ_DONTWAIT);
    text[len < 0 ? 0 : len] = '\0';
    for (char *at; (at = strstr(text, hall->name));) {
        char *rest = at + strlen(hall->name);
        memcpy(at, "ME", 2);
        memmove(at + 2, rest, strlen(rest) + 1);
    }
    return text;
}

static size_t count_packets(struct hall *hall)
{
    size_t count = 0;
    while (*packet(hall))
        count++;
    return count;
}

/* Lets time pass, with a turn in every tick. Returns: the most packets of one turn. */
static size_t pass(struct hall *hall, uint64_t ms, size_t *count)
{
    size_t most = 0;
    *count = 0;
    for (uint64_t end_ms = hall->now_ms + ms; hall->now_ms < end_ms;) {
        hall->now_ms += TICK_MS;
        (void)roster_turn(hall->roster, hall->now_ms);
        size_t told = count_packets(hall);
        most = told > most ? told : most;
        *count += told;
    }
    return most;
}

static void who_comes_and_goes_is_told(void **state)
{
    struct hall *hall = *state;
    come(hall, 41, 0);
    assert_string_equal(packet(hall),
                        "conn J{\"from\":\"ME\",\"id\":\"ME:41\",\"peer-address\":\"192.0.2.1\","
                        "\"ttl\":120,\"type\":\"http\"}");
    come_by_websocket(hall, 42, "an-id");
    assert_string_equal(packet(hall),
                        "conn J{\"from\":\"ME\",\"id\":\"an-id\",\"route\":\"named\",\"ssl\":true,"
                        "\"ttl\":120,\"type\":\"ws\"}");
    go(hall, 41);
    assert_string_equal(packet(hall),
                        "conn J{\"from\":\"ME\",\"id\":\"ME:41\",\"unavailable\":true}");
    go(hall, 42);
    assert_string_equal(packet(hall), "conn J{\"from\":\"ME\",\"id\":\"an-id\","
                                      "\"route\":\"named\",\"unavailable\":true}");
    assert_string_equal(packet(hall), "");
}

static void who_is_there_is_found_by_its_id(void **state)
{
    struct hall *hall = *state;
    uint64_t number = 0, other = UINT64_C(1) << ATTENDANCE_FRONTEND_SHIFT;
    char id[64];
    come(hall, 1, 0);
    come_by_websocket(hall, other + 1, "an-id");
    (void)snprintf(id, sizeof(id), "%s:1", hall->name);
    assert_true(roster_has(hall->roster, span_of(id)));
    assert_true(roster_has(hall->roster, SPAN("an-id")));
    assert_false(roster_has(hall->roster, SPAN("")));
    assert_false(roster_has(hall->roster, SPAN("an-i")));
    assert_true(roster_find_websocket(hall->roster, SPAN("an-id"), &number));
    assert_int_equal(number, other + 1);
    assert_false(roster_find_websocket(hall->roster, span_of(id), &number));
    go(hall, other + 1);
    assert_false(roster_has(hall->roster, SPAN("an-id")));
    assert_false(roster_find_websocket(hall->roster, SPAN("an-id"), &number));
    assert_true(roster_has(hall->roster, span_of(id)));
}

static void one_that_stays_is_told_again_before_the_time_is_over(void **state)
{
    struct hall *hall = *state;
    size_t count;
    hall->now_ms = 5000;
    come(hall, 1, 0);
    assert_int_equal(count_packets(hall), 1);
    (void)pass(hall, EARLIEST_MS - 1000, &count);
    assert_int_equal(count, 0);
    (void)pass(hall, LATEST_MS - EARLIEST_MS + 1000, &count);
    assert_int_equal(count, 1);
    (void)pass(hall, EARLIEST_MS, &count);
    assert_int_equal(count, 1);
    go(hall, 1);
    assert_int_equal(count_packets(hall), 1);
    (void)pass(hall, 2 * LATEST_MS, &count);
    assert_int_equal(count, 0);
}

static void many_that_came_together_are_not_told_together(void **state)
{
    struct hall *hall = *state;
    size_t count;
    for (uint64_t number = 0; number < MANY; number++)
        come(hall, number, 0);
    assert_int_equal(count_packets(hall), MANY);
    (void)pass(hall, EARLIEST_MS - TICK_MS, &count);
    assert_int_equal(count, 0);
    assert_true(pass(hall, LATEST_MS - EARLIEST_MS, &count) < 50);
    assert_int_equal(count, MANY);
}

/* Of those who leave as soon as they are told again, the others' share falls: but in time they are
 * told. */
static void the_last_of_many_is_told_in_time_whoever_leaves(void **state)
{
    struct hall *hall = *state;
    for (uint64_t number = 0; number < MANY; number++)
        come(hall, number, 0);
    (void)count_packets(hall);
    uint64_t told = 0;
    for (; hall->now_ms < LATEST_MS + 2 * TICK_MS * (MANY / 1000); hall->now_ms += TICK_MS) {
        (void)roster_turn(hall->roster, hall->now_ms);
        size_t count = count_packets(hall);
        assert_true(count <= 1000);
        for (size_t i = 0; i < count; i++)
            go(hall, told++);
        (void)count_packets(hall);
    }
    assert_int_equal(told, MANY);
}

static void the_wish_to_be_called_again_is_for_what_comes_next(void **state)
{
    struct hall *hall = *state;
    assert_int_equal(roster_turn(hall->roster, 0), LOOP_NEVER);
    hall->now_ms = 1000;
    come(hall, 1, 0);
    assert_int_equal(roster_turn(hall->roster, 1000), EARLIEST_MS);
    assert_int_equal(roster_turn(hall->roster, 1005), TICK_MS - 5);
    assert_int_equal(roster_turn(hall->roster, 2000), EARLIEST_MS - 1000);
    go(hall, 1);
    assert_int_equal(roster_turn(hall->roster, 3000), LOOP_NEVER);
}

static void assert_report(struct hall *hall, uint16_t route, uint64_t most, uint64_t minutes)
{
    struct roster_report report = roster_report(hall->roster, route);
    assert_int_equal(report.most, most);
    assert_int_equal(report.minutes, minutes);
}

static void a_report_has_the_most_at_once_and_is_counted_anew(void **state)
{
    struct hall *hall = *state;
    come(hall, 1, 1);
    come(hall, 2, 1);
    go(hall, 1);
    come(hall, 3, 1);
    come(hall, 4, 0);
    assert_report(hall, 1, 2, 3);
    assert_report(hall, 0, 1, 1);
    go(hall, 2);
    assert_report(hall, 1, 2, 0);
    assert_report(hall, 1, 1, 0);
    go(hall, 3);
    assert_report(hall, 1, 1, 0);
    assert_report(hall, 1, 0, 0);
}

static void every_minute_that_is_begun_counts(void **state)
{
    struct hall *hall = *state;
    size_t count;
    come(hall, 1, 0);
    (void)pass(hall, 60000 - TICK_MS, &count);
    assert_report(hall, 0, 1, 1);
    (void)pass(hall, TICK_MS, &count);
    assert_report(hall, 0, 1, 1);
    come(hall, 2, 0);
    (void)pass(hall, 60000, &count);
    assert_report(hall, 0, 2, 3);
    go(hall, 1);
    (void)pass(hall, 60000, &count);
    assert_report(hall, 0, 2, 1);
}

static void minutes_are_counted_where_nobody_is_told(void **state)
{
    struct hall *hall = *state;
    roster_free(hall->roster);
    hall->roster = roster_new(NULL, hall->config.routes);
    come(hall, 1, 0);
    assert_string_equal(packet(hall), "");
    (void)roster_turn(hall->roster, 60000);
    (void)roster_turn(hall->roster, 120000);
    go(hall, 1);
    assert_string_equal(packet(hall), "");
    assert_report(hall, 0, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_hall, close_hall)
        TEST(who_comes_and_goes_is_told),
        TEST(who_is_there_is_found_by_its_id),
        TEST(one_that_stays_is_told_again_before_the_time_is_over),
        TEST(many_that_came_together_are_not_told_together),
        TEST(the_last_of_many_is_told_in_time_whoever_leaves),
        TEST(the_wish_to_be_called_again_is_for_what_comes_next),
        TEST(a_report_has_the_most_at_once_and_is_counted_anew),
        TEST(every_minute_that_is_begun_counts),
        TEST(minutes_are_counted_where_nobody_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
