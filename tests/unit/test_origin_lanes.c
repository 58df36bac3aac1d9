/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/origin_lanes.h"

static const struct target a = {.host = "a", .port = 80};
static const struct target a_again = {.host = "a", .port = 80, .over_http = true};
static const struct target a_tls = {.host = "a", .port = 80, .ssl = true};
static const struct target b = {.host = "b", .port = 80};

static void the_first_who_waits_goes_when_one_leaves(void **state)
{
    (void)state;
    struct lanes *lanes = lanes_new(1, 2);
    struct place one = {0}, two = {0}, three = {0}, four = {0};
    assert_int_equal(lanes_enter(lanes, &a, &one), LANES_GO);
    assert_int_equal(lanes_enter(lanes, &a_again, &two), LANES_WAIT);
    assert_int_equal(lanes_enter(lanes, &a, &three), LANES_WAIT);
    assert_int_equal(lanes_enter(lanes, &a, &four), LANES_FULL);
    assert_true(place_is_waiting(&two));

    assert_ptr_equal(lanes_leave(lanes, &one), &two);
    assert_false(place_is_waiting(&two));
    assert_null(lanes_leave(lanes, &three)); /* gave up waiting */
    assert_int_equal(lanes_enter(lanes, &a, &four), LANES_WAIT);
    assert_ptr_equal(lanes_leave(lanes, &two), &four);
    assert_null(lanes_leave(lanes, &four));
    assert_null(lanes_leave(lanes, &four)); /* in none any more */
    lanes_free(lanes);
}

static void each_origin_has_a_lane_of_its_own_while_somebody_is_in_it(void **state)
{
    (void)state;
    struct lanes *lanes = lanes_new(1, 0);
    struct place one = {0}, two = {0}, three = {0}, four = {0};
    assert_int_equal(lanes_enter(lanes, &a, &one), LANES_GO);
    assert_int_equal(lanes_enter(lanes, &a_tls, &two), LANES_GO);
    assert_int_equal(lanes_enter(lanes, &b, &three), LANES_GO);
    assert_int_equal(lanes_enter(lanes, &b, &four), LANES_FULL);
    assert_int_equal(lanes_count(lanes), 3);
    assert_null(lanes_leave(lanes, &one));
    assert_null(lanes_leave(lanes, &two));
    assert_null(lanes_leave(lanes, &three));
    assert_int_equal(lanes_count(lanes), 0);
    lanes_free(lanes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_who_waits_goes_when_one_leaves),
        cmocka_unit_test(each_origin_has_a_lane_of_its_own_while_somebody_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
