/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/jsonoperation.h"

static const char *reading(const char *patch)
{
    json_t *list;
    const char *why = jsonoperations_read(&list, span_of(patch));
    assert_int_equal(list == NULL, why != NULL);
    json_decref(list);
    return why ? why : "";
}

static void assert_span(struct span got, const char *expected)
{
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.at, expected, got.len);
}

static void an_operation_has_what_its_op_needs(void **state)
{
    (void)state;
    json_t *list;
    struct jsonoperation operation;
    assert_null(
        jsonoperations_read(&list, SPAN("[{\"value\":null,\"path\":\"/a~1b\",\"op\":\"replace\"},"
                                        "{\"op\":\"copy\",\"from\":\"/c\",\"path\":\"\"}]")));
    assert_int_equal(json_array_size(list), 2);
    assert_null(jsonoperation_read(&operation, json_array_get(list, 0)));
    assert_int_equal(operation.op, JSONOP_REPLACE);
    assert_span(operation.path, "/a~1b");
    assert_true(json_is_null(operation.value));
    assert_null(jsonoperation_read(&operation, json_array_get(list, 1)));
    assert_int_equal(operation.op, JSONOP_COPY);
    assert_span(operation.path, "");
    assert_span(operation.from, "/c");
    json_decref(list);
}

static void the_six_ops_are_known(void **state)
{
    (void)state;
    static const char *const ops[] = {"add", "remove", "replace", "move", "copy", "test"};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        struct jsonoperation operation;
        json_t *json =
            json_pack("{s:s,s:s,s:s,s:n}", "op", ops[i], "path", "", "from", "", "value");
        assert_null(jsonoperation_read(&operation, json));
        assert_int_equal(operation.op, i);
        json_decref(json);
    }
}

static void members_that_an_op_does_not_need_are_not_looked_at(void **state)
{
    (void)state;
    assert_string_equal(reading("[]"), "");
    assert_string_equal(reading("[{\"op\":\"remove\",\"path\":\"/a\",\"from\":5,\"x\":[]}]"), "");
}

#define NO_OP "an operation of the patch has no 'op' of RFC 6902"
#define NO_PATH "an operation of the patch has no 'path' that is a JSON Pointer"
#define NO_FROM "an operation of the patch has no 'from' that is a JSON Pointer"
#define NO_VALUE "an operation of the patch has no 'value'"

static void what_is_no_list_of_operations_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *patch, *why;
    } cases[] = {
        {"", "the patch is not valid JSON"},
        {"[{]", "the patch is not valid JSON"},
        {"[1e999]", "the patch has a number that is too large"},
        {"{}", "the patch is not a list of operations"},
        {"null", "the patch is not a list of operations"},
        {"[1]", "an operation of the patch is not a JSON object"},
        {"[{}]", NO_OP},
        {"[{\"op\":1,\"path\":\"/a\"}]", NO_OP},
        {"[{\"op\":\"explode\",\"path\":\"/a\"}]", NO_OP},
        {"[{\"op\":\"Remove\",\"path\":\"/a\"}]", NO_OP},
        {"[{\"op\":\"remove\\u0000\",\"path\":\"/a\"}]", NO_OP},
        {"[{\"op\":\"remove\"}]", NO_PATH},
        {"[{\"op\":\"remove\",\"path\":5}]", NO_PATH},
        {"[{\"op\":\"remove\",\"path\":null}]", NO_PATH},
        {"[{\"op\":\"remove\",\"path\":\"a\"}]", NO_PATH},
        {"[{\"op\":\"remove\",\"path\":\"/~2\"}]", NO_PATH},
        {"[{\"op\":\"remove\",\"path\":\"/a\\u0000\"}]", NO_PATH},
        {"[{\"op\":\"add\",\"path\":\"/a\"}]", NO_VALUE},
        {"[{\"op\":\"replace\",\"path\":\"/a\"}]", NO_VALUE},
        {"[{\"op\":\"test\",\"path\":\"/a\"}]", NO_VALUE},
        {"[{\"op\":\"move\",\"path\":\"/a\"}]", NO_FROM},
        {"[{\"op\":\"copy\",\"path\":\"/a\",\"from\":1}]", NO_FROM},
        {"[{\"op\":\"copy\",\"path\":\"/a\",\"from\":\"b\"}]", NO_FROM},
        {"[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"copy\",\"path\":\"/a\"}]", NO_FROM},
        {"[{\"op\":\"remove\",\"path\":\"/a\",\"op\":\"remove\"}]",
         "the patch has the same key twice in an object"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(reading(cases[i].patch), cases[i].why);
}

/* Returns: a patch of `count` operations; caller frees. */
static char *patch_of(size_t count)
{
    struct buf patch = {0};
    buf_append(&patch, SPAN("["));
    for (size_t i = 0; i < count; i++)
        buf_printf(&patch, "%s{\"op\":\"remove\",\"path\":\"\"}", i ? "," : "");
    buf_append(&patch, SPAN("]"));
    return buf_take(&patch);
}

static void more_operations_than_anybody_needs_are_refused(void **state)
{
    (void)state;
    char *most = patch_of(10000);
    char *more = patch_of(10001);
    assert_string_equal(reading(most), "");
    assert_string_equal(reading(more), "the patch has more than 10000 operations");
    free(most);
    free(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_has_what_its_op_needs),
        cmocka_unit_test(the_six_ops_are_known),
        cmocka_unit_test(members_that_an_op_does_not_need_are_not_looked_at),
        cmocka_unit_test(what_is_no_list_of_operations_is_refused),
        cmocka_unit_test(more_operations_than_anybody_needs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
