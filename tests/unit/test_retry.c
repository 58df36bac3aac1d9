/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "publisher/retry.h"

static const struct retry_rules rules = {
    .patience_ms = 60000, .window_ms = 10000, .attempt_ms = 6000};

static void a_try_lasts_as_long_as_one_may(void **state)
{
    (void)state;
    struct retry retry;
    retry_begin(&retry, 1000);
    assert_int_equal(retry_attempt_ms(&retry, &rules, 1000), 6000);
}

static void the_waits_grow(void **state)
{
    (void)state;
    static const uint64_t waits[] = {100, 200, 400, 800, 1600, 1600};
    struct retry retry;
    uint64_t now_ms = 1000;
    retry_begin(&retry, now_ms);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        assert_true(retry_again(&retry, &rules, false, 0, now_ms, now_ms));
        assert_int_equal(retry.due_ms - now_ms, waits[i]);
        now_ms = retry.due_ms;
    }
}

static void a_server_may_ask_for_more_time(void **state)
{
    (void)state;
    struct retry retry;
    retry_begin(&retry, 0);
    assert_true(retry_again(&retry, &rules, false, 2000, 0, 10));
    assert_int_equal(retry.due_ms, 2010);
    assert_false(retry_again(&retry, &rules, false, 3600000, 2010, 2020));
}

static void tries_that_came_to_nothing_go_on_until_patience_ends(void **state)
{
    (void)state;
    struct retry retry;
    retry_begin(&retry, 0);
    assert_true(retry_again(&retry, &rules, false, 0, 30000, 30000));
    assert_true(retry_again(&retry, &rules, false, 0, 59000, 59000));
    assert_int_equal(retry_attempt_ms(&retry, &rules, 59200), 800);
    assert_false(retry_again(&retry, &rules, false, 0, 59200, 59900));
}

/* The window begins with the first try that may have been taken, not with the last. */
static void what_may_have_been_taken_is_tried_within_the_window_only(void **state)
{
    (void)state;
    struct retry retry;
    retry_begin(&retry, 0);
    assert_true(retry_again(&retry, &rules, false, 0, 0, 20000));
    assert_true(retry_again(&retry, &rules, true, 0, 20100, 26100));
    assert_int_equal(retry_attempt_ms(&retry, &rules, 26300), 20100 + 9000 - 26300);
    assert_false(retry_again(&retry, &rules, true, 0, 26300, 29000));
    assert_int_equal(retry_attempt_ms(&retry, &rules, 29051), 0);
}

static void without_a_window_what_may_have_been_taken_is_not_tried_again(void **state)
{
    (void)state;
    const struct retry_rules none = {.patience_ms = 60000, .attempt_ms = 6000};
    struct retry retry;
    retry_begin(&retry, 0);
    assert_true(retry_again(&retry, &none, false, 0, 0, 1));
    assert_false(retry_again(&retry, &none, true, 0, 101, 102));
}

static void without_patience_there_is_one_try(void **state)
{
    (void)state;
    const struct retry_rules hasty = {.window_ms = 10000, .attempt_ms = 6000};
    struct retry retry;
    retry_begin(&retry, 5);
    assert_int_equal(retry_attempt_ms(&retry, &hasty, 5), 6000); /* as long as any */
    assert_false(retry_again(&retry, &hasty, false, 0, 5, 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_try_lasts_as_long_as_one_may),
        cmocka_unit_test(the_waits_grow),
        cmocka_unit_test(a_server_may_ask_for_more_time),
        cmocka_unit_test(tries_that_came_to_nothing_go_on_until_patience_ends),
        cmocka_unit_test(what_may_have_been_taken_is_tried_within_the_window_only),
        cmocka_unit_test(without_a_window_what_may_have_been_taken_is_not_tried_again),
        cmocka_unit_test(without_patience_there_is_one_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
