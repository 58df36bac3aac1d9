/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/publication.h"

#define FORMATS "\"formats\":{\"http-stream\":{\"content\":\"x\"}}"
#define REFUSED "Invalid format: "

static void an_item_has_a_channel_and_may_have_an_id_and_a_predecessor(void **state)
{
    (void)state;
    assert_string_equal(
        publish_item(
            "\"channel\":\"news\",\"id\":\"2\",\"prev-id\":\"1\",\"no-seq\":true," FORMATS),
        "");
    assert_span(taken()->channel, "news");
    assert_span(taken()->id, "2");
    assert_span(taken()->prev_id, "1");
    assert_true(taken()->no_seq);
}

static void null_and_the_empty_id_stand_for_none(void **state)
{
    (void)state;
    assert_string_equal(publish_item("\"channel\":\"c\",\"id\":null,\"prev-id\":\"\",\"meta\":null,"
                                     "\"no-seq\":null,\"size\":null," FORMATS),
                        "");
    assert_null(taken()->id.at);
    assert_null(taken()->prev_id.at);
    assert_false(taken()->no_seq);
}

static void a_channel_is_any_text_of_one_line(void **state)
{
    (void)state;
    assert_string_equal(publish_item("\"channel\":\"a b;c=\xc3\xa9\"," FORMATS), "");
    assert_span(taken()->channel, "a b;c=\xc3\xa9");
    static const char *const bad[] = {"\\n", "\\r", "\\u0000", "\\u007f", "x\\r\\nGrip-X: 1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char item[256];
        (void)snprintf(item, sizeof(item), "\"channel\":\"%s\"," FORMATS, bad[i]);
        assert_string_equal(publish_item(item), REFUSED
                            "publish item object contains 'channel' with a control character");
        (void)snprintf(item, sizeof(item), "\"channel\":\"c\",\"id\":\"%s\"," FORMATS, bad[i]);
        assert_string_equal(publish_item(item),
                            REFUSED "publish item object contains 'id' with a control character");
    }
}

static void fields_of_the_wrong_type_are_refused(void **state)
{
    (void)state;
#define WRONG(key) REFUSED "publish item object contains '" key "' with wrong type"
    static const struct {
        const char *members, *why;
    } cases[] = {
        {"\"channel\":5," FORMATS, WRONG("channel")},
        {"\"channel\":\"c\",\"id\":7," FORMATS, WRONG("id")},
        {"\"channel\":\"c\",\"prev-id\":7," FORMATS, WRONG("prev-id")},
        {"\"channel\":\"c\",\"meta\":\"x\"," FORMATS, WRONG("meta")},
        {"\"channel\":\"c\",\"no-seq\":1," FORMATS, WRONG("no-seq")},
        {"\"channel\":\"c\",\"size\":{}," FORMATS, WRONG("size")},
        {"\"channel\":\"c\",\"formats\":[\"x\"]", WRONG("formats")},
        {"\"channel\":\"c\",\"formats\":{\"http-stream\":\"x\"}",
         REFUSED "'formats' contains 'http-stream' with wrong type"},
        {"\"channel\":\"c\",\"http-stream\":\"x\"", WRONG("http-stream")},
        {"\"channel\":\"c\",\"meta\":{\"k\":1}," FORMATS,
         REFUSED "'meta' contains 'k' with wrong type"},
        {"\"channel\":\"c\",\"size\":-1," FORMATS,
         REFUSED "publish item object contains 'size' with invalid value: it must be 0 to "
                 "2147483647"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(publish_item(cases[i].members), cases[i].why);
}

static void meta_and_size_are_taken(void **state)
{
    (void)state;
    assert_string_equal(
        publish_item("\"channel\":\"c\",\"meta\":{\"sender\":\"ann\"},\"size\":12," FORMATS), "");
}

static void a_missing_or_empty_channel_is_refused(void **state)
{
    (void)state;
    assert_string_equal(publish_item(FORMATS),
                        REFUSED "publish item object does not contain 'channel'");
    assert_string_equal(publish_item("\"formats\":{}"),
                        REFUSED "publish item object does not contain 'channel'");
    assert_string_equal(publish_item("\"channel\":\"\"," FORMATS),
                        REFUSED "publish item object contains 'channel' that is empty");
}

static void names_beyond_their_limit_are_refused(void **state)
{
    (void)state;
    publication_limits.channel_bytes = 4;
    publication_limits.id_bytes = 3;
    assert_string_equal(publish_item("\"channel\":\"abcd\",\"id\":\"123\"," FORMATS), "");
    assert_string_equal(publish_item("\"channel\":\"abcde\"," FORMATS),
                        REFUSED "publish item object contains 'channel' of 5 bytes, more than 4");
    assert_string_equal(publish_item("\"channel\":\"abcd\",\"prev-id\":\"1234\"," FORMATS),
                        REFUSED "publish item object contains 'prev-id' of 4 bytes, more than 3");
}

static void one_known_format_must_be_there(void **state)
{
    (void)state;
    assert_string_equal(publish_item("\"channel\":\"c\""), REFUSED "no formats specified");
    assert_string_equal(publish_item("\"channel\":\"c\",\"formats\":{}"),
                        REFUSED "no formats specified");
    assert_string_equal(
        publish_item("\"channel\":\"c\",\"formats\":{\"smoke-signal\":{\"content\":\"x\"}}"),
        REFUSED "'formats' contains none of 'http-response', 'http-stream', 'ws-message'");
}

static void older_libraries_put_formats_into_the_item(void **state)
{
    (void)state;
    assert_string_equal(
        publish_item("\"channel\":\"c\",\"http-stream\":{\"content\":\"x\"},\"ws-message\":null"),
        "");
    assert_span(taken_format(FORMAT_STREAM)->content, "x");
    assert_false(taken()->formats[FORMAT_WS].is_present);
}

static void with_formats_given_those_in_the_item_itself_are_unknown_fields(void **state)
{
    (void)state;
    assert_string_equal(publish_item("\"channel\":\"c\",\"ws-message\":{\"content\":5}," FORMATS),
                        "");
    assert_false(taken()->formats[FORMAT_WS].is_present);
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, publication_setup, publication_teardown)
    const struct CMUnitTest tests[] = {
        RULE(an_item_has_a_channel_and_may_have_an_id_and_a_predecessor),
        RULE(null_and_the_empty_id_stand_for_none),
        RULE(a_channel_is_any_text_of_one_line),
        RULE(fields_of_the_wrong_type_are_refused),
        RULE(meta_and_size_are_taken),
        RULE(a_missing_or_empty_channel_is_refused),
        RULE(names_beyond_their_limit_are_refused),
        RULE(one_known_format_must_be_there),
        RULE(older_libraries_put_formats_into_the_item),
        RULE(with_formats_given_those_in_the_item_itself_are_unknown_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
