/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/meta.h"

static struct limits limits;

static int set_up(void **state)
{
    (void)state;
    limits_init(&limits);
    limits.meta_per_hold = 2;
    limits.meta_bytes = 20;
    return 0;
}

static void assert_meta(const struct meta *meta, const char *wanted)
{
    struct header headers[8];
    char text[200] = "";
    assert_true(meta_count(meta) <= ARRAY_LEN(headers));
    meta_headers(meta, headers);
    for (size_t i = 0; i < meta_count(meta); i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.*s: %.*s\n",
                       (int)headers[i].name.len, headers[i].name.at, (int)headers[i].value.len,
                       headers[i].value.at);
    assert_string_equal(text, wanted);
}

static void the_last_value_of_a_name_counts_whatever_its_case(void **state)
{
    (void)state;
    struct meta meta = {0};
    assert_true(meta_set(&meta, SPAN("User"), SPAN("alice"), &limits));
    assert_true(meta_set(&meta, SPAN("Room"), SPAN("1"), &limits));
    assert_true(meta_set(&meta, SPAN("user"), SPAN("bob"), &limits));
    assert_meta(&meta, "Meta-user: bob\nMeta-Room: 1\n");
    meta_done(&meta);
}

static void an_empty_value_deletes(void **state)
{
    (void)state;
    struct meta meta = {0};
    assert_true(meta_set(&meta, SPAN("User"), SPAN("alice"), &limits));
    assert_true(meta_set(&meta, SPAN("USER"), SPAN(""), &limits));
    assert_true(meta_set(&meta, SPAN("never-set"), SPAN(""), &limits));
    assert_meta(&meta, "");
}

static void past_the_limits_nothing_is_stored_or_lost(void **state)
{
    (void)state;
    struct meta meta = {0};
    assert_true(meta_set(&meta, SPAN("a"), SPAN("1"), &limits));
    assert_true(meta_set(&meta, SPAN("b"), SPAN("2"), &limits));
    assert_false(meta_set(&meta, SPAN("c"), SPAN("3"), &limits));
    assert_false(meta_set(&meta, SPAN("a"), SPAN("12345678901234567890"), &limits));
    assert_true(meta_set(&meta, SPAN("a"), SPAN("12345678901234567"), &limits));
    assert_meta(&meta, "Meta-a: 12345678901234567\nMeta-b: 2\n");
    meta_done(&meta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_value_of_a_name_counts_whatever_its_case),
        cmocka_unit_test(an_empty_value_deletes),
        cmocka_unit_test(past_the_limits_nothing_is_stored_or_lost),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
