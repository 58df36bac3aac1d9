/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stats socket with a clock of the test's.
 */
#include "router/statsock.h"

#include "router/demand.h"
#include "router/ledger.h"
#include "router/roster.h"
#include "router/tally.h"
#include "tests/support/packets.h"

#define START_MS 5000
#define INTERVAL_MS 10000

struct office {
    struct stand stand;
    struct traffic numbers[3];
    struct traffic *traffic[1];
    struct stats stats;
    const struct stats *all[1];
    struct roster *roster;
    struct statsock *statsock;
};

static int open_office(void **state)
{
    static struct office office;
    office = (struct office){.traffic = {office.numbers}, .all = {&office.stats}};
    stand_open(&office.stand);
    office.roster = roster_new(NULL, office.stand.config.routes);
    office.statsock = statsock_new(
        &(struct ledger_parts){
            .packets = office.stand.packets,
            .roster = office.roster,
            .routes = office.stand.config.routes,
            .traffic = office.traffic,
            .frontends = 1,
            .all_stats = office.all,
            .stats_count = 1,
        },
        INTERVAL_MS, START_MS);
    *state = &office;
    return 0;
}

static int close_office(void **state)
{
    struct office *office = *state;
    statsock_free(office->statsock);
    roster_free(office->roster);
    stand_close(&office->stand);
    return 0;
}

static void activity_is_told_each_tenth_of_a_second(void **state)
{
    struct office *office = *state;
    traffic_add(&office->numbers[1], TRAFFIC_activity, 2);
    assert_int_equal(statsock_turn(office->statsock, START_MS + 99), 1);
    assert_packet(&office->stand, "");
    assert_int_equal(statsock_turn(office->statsock, START_MS + 100), 100);
    assert_packet(&office->stand, "activity {\"count\":2,\"route\":\"a\"}");
    traffic_add(&office->numbers[1], TRAFFIC_activity, 1);
    assert_int_equal(statsock_turn(office->statsock, START_MS + 150), 50);
    assert_packet(&office->stand, "");
    (void)statsock_turn(office->statsock, START_MS + 200);
    assert_packet(&office->stand, "activity {\"count\":1,\"route\":\"a\"}");
}

static void a_report_comes_each_interval_and_says_how_long_that_was(void **state)
{
    struct office *office = *state;
    (void)statsock_turn(office->statsock, START_MS + INTERVAL_MS - 1);
    assert_packet(&office->stand, "");
    (void)statsock_turn(office->statsock, START_MS + INTERVAL_MS + 7);
    assert_non_null(strstr(next_packet(&office->stand), "\"duration\":10007,"));
    assert_packet(&office->stand, "");
    (void)statsock_turn(office->statsock, START_MS + INTERVAL_MS + INTERVAL_MS);
    assert_packet(&office->stand, "");
    (void)statsock_turn(office->statsock, START_MS + INTERVAL_MS + 7 + INTERVAL_MS);
    assert_non_null(strstr(next_packet(&office->stand), "\"duration\":10000,"));
}

static void a_message_is_told_for_each_format_that_anybody_heard(void **state)
{
    struct office *office = *state;
    struct tallied item = {.channel = SPAN("news"),
                           .id = SPAN("7"),
                           .heard = {[FORMAT_RESPONSE] = 0, [FORMAT_STREAM] = 3, [FORMAT_WS] = 2},
                           .routes = (const uint16_t[]){2},
                           .route_count = 1};
    statsock_tell_message(office->statsock, &item);
    assert_packet(&office->stand, "message {\"channel\":\"news\",\"count\":3,\"item-id\":\"7\","
                                  "\"transport\":\"http-stream\"}");
    assert_packet(&office->stand, "message {\"channel\":\"news\",\"count\":2,\"item-id\":\"7\","
                                  "\"transport\":\"ws-message\"}");
    assert_packet(&office->stand, "");
    item = (struct tallied){.channel = SPAN("news"), .heard = {[FORMAT_RESPONSE] = 1}};
    statsock_tell_message(office->statsock, &item);
    assert_packet(&office->stand, "message {\"channel\":\"news\",\"count\":1,"
                                  "\"transport\":\"http-response\"}");
    (void)statsock_turn(office->statsock, START_MS + INTERVAL_MS);
    (void)next_packet(&office->stand); /* of those without an id */
    const char *report = next_packet(&office->stand);
    assert_non_null(strstr(report, "\"received\":1,\"route\":\"b\""));
}

static void channels_are_told_with_their_audience(void **state)
{
    struct office *office = *state;
    statsock_tell(office->statsock, SPAN("news"), FORMAT_WS, 4);
    assert_packet(&office->stand,
                  "sub {\"channel\":\"news\",\"mode\":\"ws\",\"subscribers\":4,\"ttl\":60}");
    statsock_tell(office->statsock, SPAN("\xff"), FORMAT_RESPONSE, 0);
    assert_packet(&office->stand,
                  "sub {\"channel\":\"?\",\"mode\":\"response\",\"unavailable\":true}");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)
    const struct CMUnitTest tests[] = {
        test(activity_is_told_each_tenth_of_a_second),
        test(a_report_comes_each_interval_and_says_how_long_that_was),
        test(a_message_is_told_for_each_format_that_anybody_heard),
        test(channels_are_told_with_their_audience),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
