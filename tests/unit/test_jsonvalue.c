/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/jsonvalue.h"

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

static void assert_writes(const char *text, const char *expected)
{
    struct buf out = {0};
    json_t *value = parse(text);
    jsonvalue_write(&out, value);
    json_decref(value);
    char *got = buf_take(&out);
    assert_string_equal(got, expected);
    free(got);
}

static bool are_equal(const char *a, const char *b)
{
    json_t *left = parse(a);
    json_t *right = parse(b);
    bool equal = jsonvalue_equal(left, right);
    assert_int_equal(jsonvalue_equal(right, left), equal);
    json_decref(left);
    json_decref(right);
    return equal;
}

static struct jsonvalue_size size_of(const char *text)
{
    json_t *value = parse(text);
    struct jsonvalue_size size = jsonvalue_measure(value);
    json_decref(value);
    return size;
}

static void text_is_compact_and_keys_are_in_order(void **state)
{
    (void)state;
    assert_writes("{ \"b\" : [ 1 , [ ] , { } ] , \"a\" : null, \"\": true, \"\\u00e4\": false }",
                  "{\"\":true,\"a\":null,\"b\":[1,[],{}],\"\xc3\xa4\":false}");
    assert_writes("{\"b\":1,\"B\":2,\"ab\":3,\"a\":4}", "{\"B\":2,\"a\":4,\"ab\":3,\"b\":1}");
}

static void numbers_are_no_longer_than_they_were(void **state)
{
    (void)state;
    assert_writes("[0.1,1.0,-2.50,1e3,19.99,3]", "[0.1,1.0,-2.5,1000.0,19.99,3]");
    assert_writes("[1e300,1e-7,-9223372036854775808]", "[1e+300,1e-07,-9223372036854775808]");
    assert_writes("[0.30000000000000004,0.1]", "[0.30000000000000004,0.1]");
}

static void strings_escape_what_must_be_and_no_more(void **state)
{
    (void)state;
    assert_writes("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u20ac\"",
                  "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xe2\x82\xac\"");
    assert_writes("{\"a\\\"b\":\"\"}", "{\"a\\\"b\":\"\"}");
}

static void numbers_are_equal_by_what_they_are_worth(void **state)
{
    (void)state;
    assert_true(are_equal("1", "1.0"));
    assert_true(are_equal("100", "1e2"));
    assert_true(are_equal("0", "-0.0"));
    assert_false(are_equal("1", "1.5"));
    assert_false(are_equal("1", "2"));
    assert_false(are_equal("1.5", "1.25"));
    assert_false(are_equal("9007199254740993", "9007199254740992.0"));
    assert_false(are_equal("9223372036854775807", "9223372036854775808.0"));
    assert_false(are_equal("5", "1e300"));
}

static void other_values_are_equal_in_type_and_content(void **state)
{
    (void)state;
    assert_true(
        are_equal("{\"a\":1,\"b\":[true,null,\"x\"]}", "{\"b\":[true,null,\"x\"],\"a\":1.0}"));
    assert_false(are_equal("{\"a\":1}", "{\"a\":1,\"b\":2}"));
    assert_false(are_equal("{\"a\":1}", "{\"b\":1}"));
    assert_false(are_equal("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}"));
    assert_false(are_equal("[1,2]", "[2,1]"));
    assert_false(are_equal("[1]", "[1,2]"));
    assert_false(are_equal("\"a\"", "\"b\""));
    assert_false(are_equal("\"a\"", "\"a\\u0000\""));
    assert_false(are_equal("true", "false"));
    assert_false(are_equal("null", "false"));
    assert_false(are_equal("\"1\"", "1"));
    assert_false(are_equal("[]", "{}"));
}

static void a_value_weighs_what_its_text_does_or_a_little_less(void **state)
{
    (void)state;
    static const char *const exact[] = {
        "1", "true", "false", "null", "\"abc\"", "[1]", "[1,[2,3],\"x\"]", "{\"a\":{\"bc\":null}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(exact); i++)
        assert_int_equal(size_of(exact[i]).bytes, strlen(exact[i]));
    assert_int_equal(size_of("[]").bytes, 1);
    assert_int_equal(size_of("{\"a\":12345}").bytes, strlen("{\"a\":1}"));
    assert_int_equal(size_of("\"\\u0000\"").bytes, 3);
}

static void nesting_counts_arrays_and_objects(void **state)
{
    (void)state;
    assert_int_equal(size_of("1").nesting, 0);
    assert_int_equal(size_of("[]").nesting, 1);
    assert_int_equal(size_of("[1,{\"a\":[2]},[]]").nesting, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_compact_and_keys_are_in_order),
        cmocka_unit_test(numbers_are_no_longer_than_they_were),
        cmocka_unit_test(strings_escape_what_must_be_and_no_more),
        cmocka_unit_test(numbers_are_equal_by_what_they_are_worth),
        cmocka_unit_test(other_values_are_equal_in_type_and_content),
        cmocka_unit_test(a_value_weighs_what_its_text_does_or_a_little_less),
        cmocka_unit_test(nesting_counts_arrays_and_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
