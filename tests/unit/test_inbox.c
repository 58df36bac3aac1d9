/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbox hands publications to their audiences.
 */
#include "tests/support/inbox_house.h"

static void each_hold_hears_its_channels_in_the_order_of_publishing(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    join(house, 0, "sport");
    join(house, 1, "sport");
    send_stream("news", "1");
    send_stream("news", "2");
    send_stream("sport", "3");
    send_stream("nobody", "4");
    send_stream("sport", "5");
    send_stream("news", "6");
    drain(house);
    assert_string_equal(house->ears[0].heard, "12356");
    assert_string_equal(house->ears[1].heard, "35");
    assert_int_equal(stats_read(&house->stats, STAT_items_delivered), 7);
    close_house(house);
}

static void a_long_row_of_publications_is_whole(void **state)
{
    (void)state;
    struct house *house = open_house();
    char expected[601] = "";
    join(house, 0, "news");
    for (unsigned i = 0; i < 600; i++) {
        expected[i] = (char)('a' + i % 26);
        send_stream("news", (char[]){expected[i], '\0'});
    }
    drain(house);
    assert_string_equal(house->ears[0].heard, expected);
    assert_int_equal(stats_read(&house->stats, STAT_bus_frames_drained), 600);
    close_house(house);
}

static void each_publication_has_the_headers_it_was_published_with(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    send_stream("news", "0");
    send_response("news", "1");
    send_response("news", "2");
    send_response("sport", "3");
    send_stream("news", "4");
    drain(house);
    assert_string_equal(house->ears[0].heard, "0124");
    close_house(house);
}

static void nothing_is_heard_after_a_close_that_came_in_the_same_row(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    send_stream("news", "1");
    send_close("news");
    send_stream("news", "2");
    drain(house);
    assert_string_equal(house->ears[0].heard, "1");
    close_house(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hold_hears_its_channels_in_the_order_of_publishing),
        cmocka_unit_test(a_long_row_of_publications_is_whole),
        cmocka_unit_test(each_publication_has_the_headers_it_was_published_with),
        cmocka_unit_test(nothing_is_heard_after_a_close_that_came_in_the_same_row),
    };
    return cmocka_run_group_tests(tests, open_bus, close_bus);
}
