/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/heard.h"

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
        test(the_next_run_begins_with_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
