/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/heard.h"
#include "frontend/hold.h"

static int begin(void **state)
{
    static struct heard heard;
    heard_init(&heard, 301);
    *state = &heard;
    return 0;
}

static int end(void **state)
{
    heard_done(*state);
    return 0;
}

static void add(struct heard *heard, uint16_t route, enum format_kind format, size_t place,
                uint32_t count)
{
    heard_row(heard, route, format)[place] += count;
}

static void each_publication_is_summed_over_all_routes(void **state)
{
    struct heard *heard = *state;
    struct hearing hearing = {0};
    add(heard, 0, FORMAT_STREAM, 0, 2);
    add(heard, 300, FORMAT_STREAM, 0, 3);
    add(heard, 7, FORMAT_WS, 31, 5);
    heard_sum(heard, 0, &hearing);
    assert_int_equal(hearing.heard[FORMAT_STREAM], 5);
    assert_int_equal(hearing.heard[FORMAT_WS], 0);
    heard_sum(heard, 31, &hearing);
    assert_int_equal(hearing.heard[FORMAT_STREAM], 0);
    assert_int_equal(hearing.heard[FORMAT_WS], 5);
}

static void routes_are_told_that_have_an_id_and_of_which_anybody_heard_it(void **state)
{
    struct heard *heard = *state;
    struct hearing hearing = {0};
    add(heard, 0, FORMAT_STREAM, 1, 2);
    add(heard, 300, FORMAT_RESPONSE, 1, 1);
    add(heard, 8, FORMAT_STREAM, 1, 0);
    add(heard, 7, FORMAT_WS, 1, 1);
    heard_sum(heard, 1, &hearing);
    assert_int_equal(hearing_route_count(&hearing), 2);
    assert_int_equal(hearing_route(&hearing, 0), 300);
    assert_int_equal(hearing_route(&hearing, 1), 7);
    heard_sum(heard, 0, &hearing);
    assert_int_equal(hearing_route_count(&hearing), 0);
}

static void a_run_is_counted_for_each_route_that_heard_it(void **state)
{
    struct heard *heard = *state;
    static struct traffic traffic[301];
    struct publication run[2] = {0};
    run[0].item.formats[FORMAT_STREAM] =
        (struct format){.is_present = true, .content = SPAN("four")};
    run[0].item.formats[FORMAT_WS] = (struct format){.is_present = true, .content = SPAN("three")};
    run[0].item.formats[FORMAT_RESPONSE] =
        (struct format){.is_present = true, .content = SPAN("its own")};
    run[1].item.formats[FORMAT_WS] =
        (struct format){.is_present = true, .action = ACTION_CLOSE, .content = SPAN("no message")};
    add(heard, 0, FORMAT_STREAM, 0, 3);
    add(heard, 300, FORMAT_RESPONSE, 0, 2);
    add(heard, 300, FORMAT_WS, 0, 5);
    run[1].item.formats[FORMAT_RESPONSE] =
        (struct format){.is_present = true, .action = ACTION_HINT};
    add(heard, 300, FORMAT_WS, 1, 5);
    add(heard, 300, FORMAT_RESPONSE, 1, 100);
    heard_count(heard, run, 2, traffic);
    assert_int_equal(traffic_read(&traffic[0], TRAFFIC_sent), 3);
    assert_int_equal(traffic_read(&traffic[0], TRAFFIC_client_content_bytes_sent), 3 * 4);
    assert_int_equal(traffic_read(&traffic[0], TRAFFIC_client_messages_sent), 0);
    assert_int_equal(traffic_read(&traffic[0], TRAFFIC_http_response_sent), 0);
    assert_int_equal(traffic_read(&traffic[300], TRAFFIC_sent), 12);
    assert_int_equal(traffic_read(&traffic[300], TRAFFIC_http_response_sent), 2);
    assert_int_equal(traffic_read(&traffic[300], TRAFFIC_client_messages_sent), 5);
    assert_int_equal(traffic_read(&traffic[300], TRAFFIC_client_content_bytes_sent), 5 * 5);
    assert_int_equal(traffic_read(&traffic[7], TRAFFIC_sent), 0);
}

static void the_next_run_begins_with_nothing(void **state)
{
    struct heard *heard = *state;
    struct hearing hearing = {0};
    add(heard, 7, FORMAT_WS, 3, 1);
    heard_clear(heard);
    heard_sum(heard, 3, &hearing);
    assert_int_equal(hearing.heard[FORMAT_WS], 0);
    add(heard, 7, FORMAT_WS, 3, 1);
    heard_sum(heard, 3, &hearing);
    assert_int_equal(hearing.heard[FORMAT_WS], 1);
    assert_int_equal(hearing_route_count(&hearing), 1);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        test(each_publication_is_summed_over_all_routes),
        test(routes_are_told_that_have_an_id_and_of_which_anybody_heard_it),
        test(a_run_is_counted_for_each_route_that_heard_it),
        test(the_next_run_begins_with_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
