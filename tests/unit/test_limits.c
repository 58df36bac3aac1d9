/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/limits.h"

static void every_default_is_within_its_own_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < limit_row_count; i++) {
        const struct limit_row *row = &limit_rows[i];
        if (row->fallback < row->least || row->fallback > row->most)
            fail_msg("%s", row->name);
    }
}

static void limits_start_with_their_defaults(void **state)
{
    (void)state;
    struct limits limits;
    limits_init(&limits);
    assert_int_equal(limits.content_bytes, 32767); /* guide "Limits" */
    for (size_t i = 0; i < limit_row_count; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&limits + limit_rows[i].offset, sizeof(value));
        assert_int_equal(value, limit_rows[i].fallback);
    }
}

static void the_unit_of_a_limit_is_the_end_of_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < limit_row_count; i++) {
        const char *end = strrchr(limit_rows[i].name, '_');
        const char *name = end ? end : "";
        assert_int_equal(strcmp(name, "_bytes") == 0, limit_rows[i].unit == LIMIT_BYTES);
        assert_int_equal(strcmp(name, "_ms") == 0, limit_rows[i].unit == LIMIT_MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_within_its_own_bounds),
        cmocka_unit_test(limits_start_with_their_defaults),
        cmocka_unit_test(the_unit_of_a_limit_is_the_end_of_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
