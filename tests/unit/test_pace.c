/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/pace.h"

/* As often as it may at `now_ms`. Returns: how often that was. */
static uint64_t spend_all(struct pace *pace, uint64_t now_ms)
{
    uint64_t count = 0;
    for (; pace_wait_ms(pace, now_ms) == 0; count++)
        pace_spend(pace);
    return count;
}

static void a_tenth_of_a_second_s_worth_may_come_at_once(void **state)
{
    struct pace pace;
    (void)state;
    pace_init(&pace, 1000, 5);
    assert_int_equal(spend_all(&pace, 5), 100);
    assert_int_equal(pace_wait_ms(&pace, 5), 1);
}

static void a_second_brings_what_it_should_however_it_is_cut(void **state)
{
    struct pace pace;
    (void)state;
    for (uint64_t step_ms = 1; step_ms <= 100; step_ms += 3) {
        pace_init(&pace, 777, 0);
        (void)spend_all(&pace, 0);
        uint64_t count = 0;
        for (uint64_t now_ms = step_ms; now_ms <= 10000; now_ms += step_ms)
            count += spend_all(&pace, now_ms);
        assert_in_range(count, 7770 - 78, 7770);
    }
}

static void the_wait_is_as_long_as_it_takes(void **state)
{
    struct pace pace;
    (void)state;
    pace_init(&pace, 3, 0);
    assert_int_equal(spend_all(&pace, 0), 1);
    assert_int_equal(pace_wait_ms(&pace, 0), 334);
    assert_int_equal(pace_wait_ms(&pace, 333), 1);
    assert_int_equal(pace_wait_ms(&pace, 334), 0);
}

static void a_long_rest_brings_no_more_than_a_short_one(void **state)
{
    struct pace pace;
    (void)state;
    pace_init(&pace, UINT64_C(1) << 32, 0);
    (void)spend_all(&pace, 0);
    pace_init(&pace, 50, 0);
    (void)spend_all(&pace, 0);
    assert_int_equal(spend_all(&pace, UINT64_MAX), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tenth_of_a_second_s_worth_may_come_at_once),
        cmocka_unit_test(a_second_brings_what_it_should_however_it_is_cut),
        cmocka_unit_test(the_wait_is_as_long_as_it_takes),
        cmocka_unit_test(a_long_rest_brings_no_more_than_a_short_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
