/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/publication.h"

#define REFUSED "Invalid format: "

/* Publishes an http-response with a body and these members. */
static const char *respond(const char *members)
{
    char all[1024];
    (void)snprintf(all, sizeof(all), "\"body\":\"x\",%s", members);
    return publish_format("http-response", all);
}

static const struct format *response(void)
{
    return taken_format(FORMAT_RESPONSE);
}

static void the_code_is_a_number_or_its_digits(void **state)
{
    (void)state;
    assert_string_equal(respond("\"code\":418"), "");
    assert_int_equal(response()->code, 418);
    assert_string_equal(respond("\"code\":\"204\""), "");
    assert_int_equal(response()->code, 204);
    assert_string_equal(respond("\"code\":null"), "");
    assert_int_equal(response()->code, 0);
}

static void a_code_that_is_no_final_status_is_refused(void **state)
{
    (void)state;
    static const char *const codes[] = {
        "0",    "101",     "199",      "600",      "1000",           "-200",      "\"abc\"",
        "\"\"", "\"20x\"", "\" 200\"", "\"+200\"", "\"4294967496\"", "4294967496"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        char members[64];
        (void)snprintf(members, sizeof(members), "\"code\":%s", codes[i]);
        assert_string_equal(
            respond(members),
            REFUSED "'http-response' contains 'code' with invalid value: it must be 200 to 599");
    }
    assert_string_equal(respond("\"code\":[]"),
                        REFUSED "'http-response' contains 'code' with wrong type");
    assert_string_equal(respond("\"code\":200.5"),
                        REFUSED "'http-response' contains 'code' with wrong type");
}

static void the_reason_stays_on_its_line(void **state)
{
    (void)state;
    assert_string_equal(respond("\"reason\":\"Short And Stout\""), "");
    assert_span(response()->reason, "Short And Stout");
    assert_string_equal(respond("\"reason\":5"),
                        REFUSED "'http-response' contains 'reason' with wrong type");
    assert_string_equal(respond("\"reason\":\"OK\\r\\nX: 1\""),
                        REFUSED "'http-response' contains 'reason' with a control character");
}

static void headers_are_a_map_or_a_list_of_pairs(void **state)
{
    (void)state;
    assert_string_equal(respond("\"headers\":{\"X-A\":\" 1\\t\",\"x-b\":\"\"}"), "");
    assert_int_equal(response()->header_count, 2);
    assert_span(response()->headers[0].name, "X-A");
    assert_span(response()->headers[0].value, "1");
    assert_span(response()->headers[1].value, "");
    assert_string_equal(respond("\"headers\":[[\"A\",\"1\"],[\"A\",\"2\"]]"), "");
    assert_int_equal(response()->header_count, 2);
    assert_span(response()->headers[1].name, "A");
    assert_span(response()->headers[1].value, "2");
}

static void headers_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *headers, *why;
    } cases[] = {
        {"\"X-A: 1\"", REFUSED "'http-response' contains 'headers' with wrong type"},
        {"{\"X-A\":{}}", REFUSED "'headers' contains 'X-A' with wrong type"},
        {"{\"X-A\":null}", REFUSED "'headers' contains 'X-A' with wrong type"},
        {"[[\"X-A\",1]]", REFUSED "'headers' contains 'X-A' with wrong type"},
        {"[[\"X-A\"]]", REFUSED "'headers' contains an element that is no [name, value]"},
        {"[[1,\"x\"]]", REFUSED "'headers' contains an element that is no [name, value]"},
        {"[\"X-A\"]", REFUSED "'headers' contains an element that is no [name, value]"},
        {"{\"\":\"1\"}", REFUSED "'headers' contains a name that is none: ''"},
        {"{\"X A\":\"1\"}", REFUSED "'headers' contains a name that is none: 'X A'"},
        {"{\"X:\":\"1\"}", REFUSED "'headers' contains a name that is none: 'X:'"},
        {"{\"X\\r\\nY\":\"1\"}", REFUSED "'headers' contains a name that is none: 'X??Y'"},
        {"[[\"X\\u0000\",\"1\"]]", REFUSED "'headers' contains a name that is none: 'X?'"},
        {"{\"X\":\"1\\r\\nSet-Cookie: a\"}",
         REFUSED "'headers' contains 'X' with a control character"},
        {"{\"X\":\"1\\n\"}", REFUSED "'headers' contains 'X' with a control character"},
        {"{\"X\":\"\\u0000\"}", REFUSED "'headers' contains 'X' with a control character"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char members[128];
        (void)snprintf(members, sizeof(members), "\"headers\":%s", cases[i].headers);
        assert_string_equal(respond(members), cases[i].why);
    }
}

static void framing_and_grip_headers_are_left_out(void **state)
{
    (void)state;
    assert_string_equal(respond("\"headers\":{\"content-length\":\"9\",\"Grip-Hold\":\"stream\","
                                "\"Transfer-Encoding\":\"chunked\",\"Connection\":\"close\","
                                "\"Content-Type\":\"text/plain\"}"),
                        "");
    assert_int_equal(response()->header_count, 1);
    assert_span(response()->headers[0].name, "Content-Type");
}

static void more_headers_than_the_limit_are_refused(void **state)
{
    (void)state;
    publication_limits.publish_headers = 1;
    assert_string_equal(respond("\"headers\":{\"A\":\"1\"}"), "");
    assert_string_equal(respond("\"headers\":{\"A\":\"1\",\"B\":\"2\"}"),
                        REFUSED "'headers' contains more than publish_headers (1)");
}

static void a_patch_stands_in_place_of_a_body(void **state)
{
    (void)state;
    assert_string_equal(publish_format("http-response",
                                       "\"body-patch\":[ {\"op\": \"add\", \"path\": \"/a\", "
                                       "\"value\": null}, {\"op\":\"move\",\"path\":\"/a\","
                                       "\"from\":\"/b\"}]"),
                        "");
    assert_span(response()->patch, "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null},"
                                   "{\"op\":\"move\",\"path\":\"/a\",\"from\":\"/b\"}]");
    assert_null(response()->content.at);
    assert_string_equal(respond("\"body-patch\":5"), "");
    assert_int_equal(response()->patch.len, 0);
}

static void a_patch_of_unknown_operations_is_refused(void **state)
{
    (void)state;
    assert_string_equal(publish_format("http-response", "\"body-patch\":{}"),
                        REFUSED "'http-response' contains 'body-patch' with wrong type");
    assert_string_equal(publish_format("http-response", "\"body-patch\":[1]"),
                        REFUSED "'http-response' contains 'body-patch' with invalid value: "
                                "an operation of the patch is not a JSON object");
    assert_string_equal(
        publish_format("http-response", "\"body-patch\":[{\"op\":\"explode\",\"path\":\"/a\"}]"),
        REFUSED "'http-response' contains 'body-patch' with invalid value: "
                "an operation of the patch has no 'op' of RFC 6902");
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, publication_setup, publication_teardown)
    const struct CMUnitTest tests[] = {
        RULE(the_code_is_a_number_or_its_digits),
        RULE(a_code_that_is_no_final_status_is_refused),
        RULE(the_reason_stays_on_its_line),
        RULE(headers_are_a_map_or_a_list_of_pairs),
        RULE(headers_that_are_none_are_refused),
        RULE(framing_and_grip_headers_are_left_out),
        RULE(more_headers_than_the_limit_are_refused),
        RULE(a_patch_stands_in_place_of_a_body),
        RULE(a_patch_of_unknown_operations_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
