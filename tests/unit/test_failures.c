/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "publisher/failures.h"

static struct limits limits;

static int three_in_a_second(void **state)
{
    limits_init(&limits);
    limits.auth_failures = 3;
    limits.auth_failure_ms = 1000;
    limits.auth_addresses = 2;
    *state = failures_new(&limits);
    return 0;
}

static int forget(void **state)
{
    failures_free(*state);
    return 0;
}

static void an_address_waits_after_so_many_failures(void **state)
{
    failures_note(*state, SPAN("a"), 100);
    failures_note(*state, SPAN("a"), 200);
    assert_int_equal(failures_wait_ms(*state, SPAN("a"), 300), 0);
    failures_note(*state, SPAN("a"), 300);
    assert_int_equal(failures_wait_ms(*state, SPAN("a"), 300), 800);
    assert_int_equal(failures_wait_ms(*state, SPAN("b"), 300), 0);
    assert_int_equal(failures_wait_ms(*state, SPAN(""), 300), 0);
}

static void it_is_forgotten_a_while_after_its_first_failure(void **state)
{
    for (uint64_t now_ms = 100; now_ms < 103; now_ms++)
        failures_note(*state, SPAN("a"), now_ms);
    assert_int_equal(failures_wait_ms(*state, SPAN("a"), 1099), 1);
    assert_int_equal(failures_wait_ms(*state, SPAN("a"), 1100), 0);
    failures_note(*state, SPAN("a"), 1100);
    assert_int_equal(failures_wait_ms(*state, SPAN("a"), 1100), 0);
}

static void of_too_many_addresses_the_oldest_is_forgotten(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        for (int j = 0; j < 3; j++)
            failures_note(*state, span_of(names[i]), 100 + i);
    assert_int_equal(failures_wait_ms(*state, SPAN("a"), 200), 0);
    assert_true(failures_wait_ms(*state, SPAN("b"), 200) > 0);
    assert_true(failures_wait_ms(*state, SPAN("c"), 200) > 0);
}

static void sixteen_bytes_tell_addresses_apart(void **state)
{
    for (int i = 0; i < 3; i++)
        failures_note(*state, SPAN("0123456789abcdef-x"), 100);
    assert_true(failures_wait_ms(*state, SPAN("0123456789abcdef"), 100) > 0);
    assert_int_equal(failures_wait_ms(*state, SPAN("0123456789abcdeX"), 100), 0);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, three_in_a_second, forget)
    const struct CMUnitTest tests[] = {
        test(an_address_waits_after_so_many_failures),
        test(it_is_forgotten_a_while_after_its_first_failure),
        test(of_too_many_addresses_the_oldest_is_forgotten),
        test(sixteen_bytes_tell_addresses_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
