/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger of two frontends and two routes with an id, read at the stats socket.
 */
#include "router/ledger.h"

#include "common/attendance.h"
#include "router/roster.h"
#include "router/tally.h"
#include "tests/support/packets.h"

#define ROUTES 3 /* 0, a, b */

struct office {
    struct stand stand;
    struct traffic first[ROUTES], second[ROUTES];
    struct traffic *traffic[2];
    struct stats stats;
    const struct stats *all[1];
    struct roster *roster;
    struct ledger *ledger;
};

static int open_office(void **state)
{
    static struct office office;
    office = (struct office){.traffic = {office.first, office.second}, .all = {&office.stats}};
    stand_open(&office.stand);
    office.roster = roster_new(NULL, office.stand.config.routes);
    office.ledger = ledger_new(&(struct ledger_parts){
        .packets = office.stand.packets,
        .roster = office.roster,
        .routes = office.stand.config.routes,
        .traffic = office.traffic,
        .frontends = 2,
        .all_stats = office.all,
        .stats_count = 1,
    });
    *state = &office;
    return 0;
}

static int close_office(void **state)
{
    struct office *office = *state;
    ledger_free(office->ledger);
    roster_free(office->roster);
    stand_close(&office->stand);
    return 0;
}

static void activity_is_told_by_route_and_once(void **state)
{
    struct office *office = *state;
    traffic_add(&office->first[0], TRAFFIC_activity, 1);
    traffic_add(&office->first[2], TRAFFIC_activity, 3);
    traffic_add(&office->second[2], TRAFFIC_activity, 4);
    ledger_tell_activity(office->ledger);
    assert_packet(&office->stand, "activity {\"count\":1}");
    assert_packet(&office->stand, "activity {\"count\":7,\"route\":\"b\"}");
    assert_packet(&office->stand, "");
    ledger_tell_activity(office->ledger);
    assert_packet(&office->stand, "");
    traffic_add(&office->second[2], TRAFFIC_activity, 1);
    ledger_tell_activity(office->ledger);
    assert_packet(&office->stand, "activity {\"count\":1,\"route\":\"b\"}");
}

static void requests_are_told_as_counts(void **state)
{
    struct office *office = *state;
    stats_add(&office->stats, STAT_requests, 5);
    ledger_tell_activity(office->ledger);
    assert_packet(&office->stand, "counts {\"requests-received\":5}");
    ledger_tell_activity(office->ledger);
    assert_packet(&office->stand, "");
}

/* Returns: a number of the packet, which is a report of `route` (NULL: those without an id), or 0
 * where it has no such. */
static long long number_in(const char *packet, const char *route, const char *key)
{
    assert_memory_equal(packet, "report ", 7);
    json_t *fields = json_loads(packet + 7, 0, NULL);
    const char *name = json_string_value(json_object_get(fields, "route"));
    assert_string_equal(name ? name : "", route ? route : "");
    long long number = json_integer_value(json_object_get(fields, key));
    json_decref(fields);
    return number;
}

static void a_report_of_all_without_an_id_comes_always(void **state)
{
    struct office *office = *state;
    ledger_report(office->ledger, 10000);
    assert_packet(&office->stand,
                  "report {\"client-content-bytes-received\":0,\"client-content-bytes-sent\":0,"
                  "\"client-header-bytes-received\":0,\"client-header-bytes-sent\":0,"
                  "\"client-messages-received\":0,\"client-messages-sent\":0,\"connections\":0,"
                  "\"duration\":10000,\"http-response-sent\":0,\"minutes\":0,\"received\":0,"
                  "\"sent\":0,\"server-content-bytes-received\":0,\"server-content-bytes-sent\":0,"
                  "\"server-header-bytes-received\":0,\"server-header-bytes-sent\":0,"
                  "\"server-messages-received\":0,\"server-messages-sent\":0}");
    assert_packet(&office->stand, "");
}

static void each_number_is_what_came_since_the_last_report_over_all_frontends(void **state)
{
    struct office *office = *state;
    for (enum traffic_id id = 0; id < TRAFFIC_COUNT; id++) {
        const char *key = traffic_keys[id];
        traffic_add(&office->first[1], id, 10 + id);
        traffic_add(&office->second[1], id, 1);
        ledger_report(office->ledger, 10000);
        assert_int_equal(number_in(next_packet(&office->stand), NULL, "sent"), 0);
        if (*key)
            assert_int_equal(number_in(next_packet(&office->stand), "a", key), 11 + id);
        assert_packet(&office->stand, "");
    }
}

static void an_item_is_received_by_the_routes_that_heard_it_and_by_all_together(void **state)
{
    struct office *office = *state;
    const struct tallied item = {
        .channel = SPAN("c"), .routes = (const uint16_t[]){2, 1}, .route_count = 2};
    const struct tallied other = {
        .channel = SPAN("c"), .routes = (const uint16_t[]){2}, .route_count = 1};
    stats_add(&office->stats, STAT_items_published, 9);
    stats_add(&office->stats, STAT_items_duplicate, 2);
    stats_add(&office->stats, STAT_waiting_items, 3);
    ledger_note(office->ledger, &item);
    ledger_note(office->ledger, &other);
    ledger_report(office->ledger, 10000);
    assert_int_equal(number_in(next_packet(&office->stand), NULL, "received"), 4);
    assert_int_equal(number_in(next_packet(&office->stand), "a", "received"), 1);
    assert_int_equal(number_in(next_packet(&office->stand), "b", "received"), 2);
    stats_add(&office->stats, STAT_waiting_items, -3);
    ledger_report(office->ledger, 10000);
    assert_int_equal(number_in(next_packet(&office->stand), NULL, "received"), 3);
    ledger_report(office->ledger, 10000);
    assert_int_equal(number_in(next_packet(&office->stand), NULL, "received"), 0);
    assert_packet(&office->stand, "");
}

static void come(struct office *office, uint64_t number, uint16_t route)
{
    const struct attendance one = {
        .number = number, .is_more = true, .route = route, .peer = SPAN("192.0.2.1")};
    roster_take(office->roster, &one, 0);
}

static void go(struct office *office, uint64_t number)
{
    roster_take(office->roster, &(struct attendance){.number = number}, 0);
}

static void connections_are_told_of_their_route_as_long_as_there_are_any(void **state)
{
    struct office *office = *state;
    come(office, 1, 0);
    come(office, 2, 1);
    come(office, 3, 1);
    go(office, 3);
    ledger_report(office->ledger, 10000);
    assert_int_equal(number_in(next_packet(&office->stand), NULL, "connections"), 1);
    const char *report = next_packet(&office->stand);
    assert_int_equal(number_in(report, "a", "connections"), 2);
    assert_int_equal(number_in(report, "a", "minutes"), 2);
    assert_packet(&office->stand, "");
    ledger_report(office->ledger, 10000);
    (void)next_packet(&office->stand);
    assert_int_equal(number_in(next_packet(&office->stand), "a", "connections"), 1);
    go(office, 2);
    ledger_report(office->ledger, 10000); /* it was there since the last one */
    (void)next_packet(&office->stand);
    assert_int_equal(number_in(next_packet(&office->stand), "a", "connections"), 1);
    ledger_report(office->ledger, 10000);
    (void)next_packet(&office->stand);
    assert_packet(&office->stand, "");
    go(office, 1);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)
    const struct CMUnitTest tests[] = {
        test(activity_is_told_by_route_and_once),
        test(requests_are_told_as_counts),
        test(a_report_of_all_without_an_id_comes_always),
        test(each_number_is_what_came_since_the_last_report_over_all_frontends),
        test(connections_are_told_of_their_route_as_long_as_there_are_any),
        test(an_item_is_received_by_the_routes_that_heard_it_and_by_all_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
