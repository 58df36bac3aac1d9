/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/publication.h"

#define GOOD "{\"channel\":\"c\",\"formats\":{\"http-stream\":{\"content\":\"x\"}}}"

static void the_examples_of_the_guide_are_taken(void **state)
{
    (void)state;
    assert_string_equal(publish("{\"items\":[{\"channel\":\"test\",\"formats\":{\"ws-message\":"
                                "{\"content\":\"hello\"}}}]}"),
                        "");
    assert_span(taken()->channel, "test");
    assert_span(taken_format(FORMAT_WS)->content, "hello");
    assert_int_equal(taken_format(FORMAT_WS)->type, WS_TEXT);
    assert_false(taken()->formats[FORMAT_STREAM].is_present);
}

static void items_keep_their_order(void **state)
{
    (void)state;
    assert_string_equal(
        publish("{\"items\":["
                "{\"channel\":\"a\",\"formats\":{\"http-stream\":{\"content\":\"1\"}}},"
                "{\"channel\":\"b\",\"formats\":{\"http-stream\":{\"content\":\"2\"}}},"
                "{\"channel\":\"c\",\"formats\":{\"http-stream\":{\"content\":\"3\"}}}]}"),
        "");
    assert_int_equal(last_batch->count, 3);
    assert_span(last_batch->items[0].channel, "a");
    assert_span(last_batch->items[2].channel, "c");
    assert_span(last_batch->items[2].formats[FORMAT_STREAM].content, "3");
}

static void unknown_fields_are_passed_over_on_all_levels(void **state)
{
    (void)state;
    assert_string_equal(
        publish("{\"zz\":null,\"items\":[{\"zz\":{\"a\":[1]},\"channel\":\"c\",\"formats\":"
                "{\"fmt-x\":{\"q\":1},\"http-stream\":{\"zz\":1,\"content\":\"x\"}}}]}"),
        "");
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        " ",
        "{\"items\": [",
        "{\"items\": [" GOOD "]} x",
        "{\"items\":[" GOOD ",]}",
        "{'items':[]}",
        "{\"items\":[" GOOD "],\"x\":NaN}",
        "{\"items\":[" GOOD "],\"x\":Infinity}",
        "{\"items\":[" GOOD "],\"x\":\"\xff\"}",
        "{\"items\":[" GOOD "],\"x\":\"\xed\xa0\x80\"}",
        "{\"items\":[" GOOD "],\"x\":\"\\ud800\"}",
        "{\"items\":[" GOOD "],\"x\":\"\n\"}",
        "{\"items\":[" GOOD "],\"a\\u0000b\":1}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        assert_string_equal(publish(bodies[i]), "Body is not valid JSON.");
    assert_string_equal(publish_bytes(SPAN("{\"items\":[" GOOD "]}\0")), "Body is not valid JSON.");
}

static void json_that_is_no_object_is_refused(void **state)
{
    (void)state;
    assert_string_equal(publish("[]"), "Invalid format.");
    assert_string_equal(publish("\"x\""), "Invalid format.");
    assert_string_equal(publish("null"), "Invalid format.");
}

static void an_object_without_a_list_of_items_is_refused(void **state)
{
    (void)state;
    assert_string_equal(publish("{}"), "Invalid format: object does not contain 'items'");
    assert_string_equal(publish("{\"items\":null}"),
                        "Invalid format: object does not contain 'items'");
    assert_string_equal(publish("{\"items\":{}}"),
                        "Invalid format: object contains 'items' with wrong type");
    assert_string_equal(publish("{\"items\":[]}"), "Invalid format: 'items' is empty");
    assert_string_equal(publish("{\"items\":[1]}"),
                        "Invalid format: publish item object is not an object");
}

static void the_same_key_twice_is_refused(void **state)
{
    (void)state;
    assert_string_equal(publish("{\"items\":[" GOOD "],\"items\":[" GOOD "]}"),
                        "Invalid format: an object contains the same key twice");
    assert_string_equal(publish_item("\"channel\":\"a\",\"channel\":\"b\""),
                        "Invalid format: an object contains the same key twice");
}

static void one_bad_item_refuses_all_and_is_named(void **state)
{
    (void)state;
    assert_string_equal(
        publish("{\"items\":[" GOOD ",{\"channel\":5}," GOOD "]}"),
        "Invalid format: publish item object contains 'channel' with wrong type (items[1])");
}

static void more_items_than_the_limit_are_refused(void **state)
{
    (void)state;
    publication_limits.publish_items = 2;
    assert_string_equal(publish("{\"items\":[" GOOD "," GOOD "]}"), "");
    assert_string_equal(publish("{\"items\":[" GOOD "," GOOD "," GOOD "]}"),
                        "Invalid format: 'items' contains 3 items, more than publish_items (2)");
}

static void deep_nesting_is_refused_before_it_is_descended_into(void **state)
{
    (void)state;
    static char deep[100001];
    memset(deep, '[', sizeof(deep) - 1);
    assert_string_equal(publish(deep), "Invalid format: nested deeper than publish_depth (32)");
    memset(deep, '{', sizeof(deep) - 1);
    assert_string_equal(publish(deep), "Invalid format: nested deeper than publish_depth (32)");
}

static void brackets_in_strings_and_side_by_side_are_not_depth(void **state)
{
    (void)state;
    publication_limits.publish_depth = 8;
    assert_string_equal(publish("{\"items\":[" GOOD "],\"x\":\"[[[[[[[[[[[\\\"[[[[[[[[[[\"}"), "");
    assert_string_equal(publish("{\"items\":[" GOOD "],\"x\":[[],[],[],[],[],[],[],[],[],[],[]]}"),
                        "");
    assert_string_equal(publish("{\"items\":[" GOOD "],\"x\":[[[[[[[]]]]]]]}"), "");
    assert_string_equal(publish("{\"items\":[" GOOD "],\"x\":[[[[[[[[]]]]]]]]}"),
                        "Invalid format: nested deeper than publish_depth (8)");
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, publication_setup, publication_teardown)
    const struct CMUnitTest tests[] = {
        RULE(the_examples_of_the_guide_are_taken),
        RULE(items_keep_their_order),
        RULE(unknown_fields_are_passed_over_on_all_levels),
        RULE(what_is_not_json_is_refused),
        RULE(json_that_is_no_object_is_refused),
        RULE(an_object_without_a_list_of_items_is_refused),
        RULE(the_same_key_twice_is_refused),
        RULE(one_bad_item_refuses_all_and_is_named),
        RULE(more_items_than_the_limit_are_refused),
        RULE(deep_nesting_is_refused_before_it_is_descended_into),
        RULE(brackets_in_strings_and_side_by_side_are_not_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
