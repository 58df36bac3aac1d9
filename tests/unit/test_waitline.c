/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/waitline.h"

static void who_joined_first_is_overdue_first_and_not_a_millisecond_early(void **state)
{
    (void)state;
    struct waitline line;
    struct waiter a = {0}, b = {0};
    waitline_init(&line, 100);
    assert_true(waitline_due(&line) == UINT64_MAX);
    waitline_join(&line, &a, 1000);
    waitline_join(&line, &b, 1010);
    assert_int_equal(waitline_due(&line), 1100);
    assert_null(waitline_overdue(&line, 1099));
    assert_ptr_equal(waitline_overdue(&line, 1100), &a);
    assert_null(waitline_overdue(&line, 1109));
    assert_ptr_equal(waitline_overdue(&line, 1110), &b);
    assert_true(waitline_due(&line) == UINT64_MAX);
}

static void who_joins_again_waits_anew(void **state)
{
    (void)state;
    struct waitline line;
    struct waiter a = {0}, b = {0};
    waitline_init(&line, 100);
    waitline_join(&line, &a, 1000);
    waitline_join(&line, &b, 1010);
    waitline_join(&line, &a, 1020);
    assert_ptr_equal(waitline_overdue(&line, 5000), &b);
    assert_int_equal(waitline_due(&line), 1120);
    waiter_leave(&a);
    waiter_leave(&a);
    assert_null(waitline_overdue(&line, 5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_joined_first_is_overdue_first_and_not_a_millisecond_early),
        cmocka_unit_test(who_joins_again_waits_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
