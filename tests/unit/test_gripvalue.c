/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdio.h>

#include "common/gripvalue.h"

typedef bool next_fn(struct gripvalue *value, struct arena *arena, struct span *rest);

/* Writes all elements of `text` as "first(name=value,name)|..." to compare them at once. */
static void assert_reads(next_fn *next, struct span text, const char *expected)
{
    char got[512];
    size_t len = 0;
    struct arena arena = {0};
    struct gripvalue value;
    while (next(&value, &arena, &text)) {
        len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%.*s(", len ? "|" : "",
                                (int)value.first.len, value.first.at);
        for (size_t i = 0; i < value.param_count; i++) {
            const struct header *param = &value.params[i];
            len += (size_t)snprintf(
                got + len, sizeof(got) - len, "%s%.*s%s%.*s", i ? "," : "", (int)param->name.len,
                param->name.at, param->value.at ? "=" : "", (int)param->value.len, param->value.at);
        }
        len += (size_t)snprintf(got + len, sizeof(got) - len, ")");
    }
    got[len] = '\0';
    arena_done(&arena);
    assert_string_equal(got, expected);
}

static void elements_stand_between_commas_and_params_between_semicolons(void **state)
{
    (void)state;
    assert_reads(gripvalue_next, SPAN("fruit; prev-id=3, veg;filter=a ;filter=b,\tnuts"),
                 "fruit(prev-id=3)|veg(filter=a,filter=b)|nuts()");
    assert_reads(gripvalue_next, SPAN(""), "");
    assert_reads(gripvalue_next, SPAN("a,,b"), "a()|()|b()");
}

static void the_first_part_is_taken_raw_and_trimmed(void **state)
{
    (void)state;
    assert_reads(gripvalue_next, SPAN(" a b=\\x ; p=1"), "a b=\\x(p=1)");
    assert_reads(gripvalue_next, SPAN("\"a,b\";p=1"), "\"a,b\"(p=1)");
}

static void quoted_values_keep_separators_and_lose_their_backslashes(void **state)
{
    (void)state;
    assert_reads(gripvalue_next, SPAN("a; p=\"x,y;z \\\"q\\\" \\\\\" ; r=2, b"),
                 "a(p=x,y;z \"q\" \\,r=2)|b()");
    assert_reads(gripvalue_next, SPAN("a; p=\"x\\\",y\""), "a(p=x\",y)");
    assert_reads(gripvalue_next, SPAN("a; p=\"\""), "a(p=)");
}

static void a_param_alone_differs_from_an_empty_one(void **state)
{
    (void)state;
    assert_reads(gripvalue_next, SPAN("a; prev-id; x=; =y;; z"), "a(prev-id,x=,z)");
}

static void an_element_with_broken_quoting_does_not_exist(void **state)
{
    (void)state;
    assert_reads(gripvalue_next, SPAN("a, b; p=\"x, c"), "a()");
    assert_reads(gripvalue_next, SPAN("a, b; p=\"x\\"), "a()");
    assert_reads(gripvalue_next, SPAN("a, \"b;c\", d"), "a()|d()");
    struct arena arena = {0};
    struct gripvalue value;
    assert_false(gripvalue_read(&value, &arena, SPAN("\\n; format=\"cstring")));
    arena_done(&arena);
}

static void an_element_read_alone_may_hold_commas(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct gripvalue value;
    assert_true(gripvalue_read(&value, &arena, SPAN("a, b; timeout=20")));
    assert_true(span_equal(value.first, SPAN("a, b")));
    assert_true(span_equal(gripvalue_param(&value, SPAN("timeout")), SPAN("20")));
    assert_null(gripvalue_param(&value, SPAN("mode")).at);
    arena_done(&arena);
}

static void metadata_has_no_first_part(void **state)
{
    (void)state;
    assert_reads(gripvalue_next_params, SPAN("user=\"al,ice\", tz=utc"), "(user=al,ice)|(tz=utc)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_stand_between_commas_and_params_between_semicolons),
        cmocka_unit_test(the_first_part_is_taken_raw_and_trimmed),
        cmocka_unit_test(quoted_values_keep_separators_and_lose_their_backslashes),
        cmocka_unit_test(a_param_alone_differs_from_an_empty_one),
        cmocka_unit_test(an_element_with_broken_quoting_does_not_exist),
        cmocka_unit_test(an_element_read_alone_may_hold_commas),
        cmocka_unit_test(metadata_has_no_first_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
