/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/quantity.h"

static void assert_reads(const char *text, enum limit_unit unit, uint64_t expected)
{
    uint64_t value = 0;
    if (!quantity_read(span_of(text), unit, &value))
        fail_msg("%s was refused", text);
    assert_int_equal(value, expected);
}

static void assert_refused(const char *text, enum limit_unit unit)
{
    uint64_t value;
    if (quantity_read(span_of(text), unit, &value))
        fail_msg("%s was taken", text);
}

static void bytes_and_times_may_have_a_unit_or_none(void **state)
{
    (void)state;
    assert_reads("65536", LIMIT_BYTES, 65536);
    assert_reads("64KiB", LIMIT_BYTES, 65536);
    assert_reads("16 mib", LIMIT_BYTES, 16 << 20);
    assert_reads("2GiB", LIMIT_BYTES, 2LL << 30);
    assert_reads("250", LIMIT_MS, 250);
    assert_reads("250ms", LIMIT_MS, 250);
    assert_reads("5s", LIMIT_MS, 5000);
    assert_reads("2min", LIMIT_MS, 120000);
    assert_reads("1h", LIMIT_MS, 3600000);
    assert_reads("7", LIMIT_COUNT, 7);
    assert_reads("0", LIMIT_BYTES, 0);
}

static void a_unit_of_another_kind_or_a_half_number_is_refused(void **state)
{
    (void)state;
    assert_refused("5s", LIMIT_BYTES);
    assert_refused("5KiB", LIMIT_MS);
    assert_refused("5KiB", LIMIT_COUNT);
    assert_refused("", LIMIT_COUNT);
    assert_refused("KiB", LIMIT_BYTES);
    assert_refused("-1", LIMIT_COUNT);
    assert_refused("1.5s", LIMIT_MS);
    assert_refused("0x10", LIMIT_COUNT);
    assert_refused("5KB", LIMIT_BYTES);
}

static void a_number_too_large_is_refused_and_does_not_wrap(void **state)
{
    (void)state;
    assert_refused("99999999999999999999", LIMIT_COUNT);
    assert_refused("18446744073709551616", LIMIT_BYTES);
    assert_refused("17179869184GiB", LIMIT_BYTES);
}

static void a_value_is_written_in_the_largest_unit_that_divides_it(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        enum limit_unit unit;
        const char *text;
    } cases[] = {{1048576, LIMIT_BYTES, "1MiB"}, {1536, LIMIT_BYTES, "1536"}, {0, LIMIT_BYTES, "0"},
                 {5000, LIMIT_MS, "5s"},         {90000, LIMIT_MS, "90s"},    {1, LIMIT_MS, "1ms"},
                 {1024, LIMIT_COUNT, "1024"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *text = quantity_text(cases[i].value, cases[i].unit);
        assert_string_equal(text, cases[i].text);
        assert_reads(text, cases[i].unit, cases[i].value);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_times_may_have_a_unit_or_none),
        cmocka_unit_test(a_unit_of_another_kind_or_a_half_number_is_refused),
        cmocka_unit_test(a_number_too_large_is_refused_and_does_not_wrap),
        cmocka_unit_test(a_value_is_written_in_the_largest_unit_that_divides_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
