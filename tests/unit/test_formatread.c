/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/publication.h"

#define REFUSED "Invalid format: "
#define STREAM "http-stream"
#define RESPONSE "http-response"
#define WS "ws-message"

struct refusal {
    const char *format, *members, *why;
};

static void assert_refusals(const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(publish_format(cases[i].format, cases[i].members), cases[i].why);
}

static void content_is_text_or_base64_of_bytes(void **state)
{
    (void)state;
    assert_string_equal(publish_format(STREAM, "\"content\":\"a\\n\\u00e9\\u0000\""), "");
    assert_span(taken_format(FORMAT_STREAM)->content, "a\n\xc3\xa9\0");
    assert_string_equal(publish_format(STREAM, "\"content-bin\":\"//4A\",\"content\":\"no\""), "");
    assert_span(taken_format(FORMAT_STREAM)->content, "\xff\xfe\0");
    assert_string_equal(publish_format(RESPONSE, "\"body-bin\":\"aGk=\",\"body\":\"no\""), "");
    assert_span(taken_format(FORMAT_RESPONSE)->content, "hi");
    assert_string_equal(publish_format(RESPONSE, "\"body\":\"\""), "");
    assert_span(taken_format(FORMAT_RESPONSE)->content, "");
}

static void a_send_without_content_is_refused(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {STREAM, "", REFUSED "'http-stream' does not contain 'content' or 'content-bin'"},
        {STREAM, "\"content\":null",
         REFUSED "'http-stream' does not contain 'content' or 'content-bin'"},
        {WS, "", REFUSED "'ws-message' does not contain 'content' or 'content-bin'"},
        {RESPONSE, "\"code\":200",
         REFUSED "'http-response' does not contain 'body', 'body-bin', or 'body-patch'"},
    };
    assert_refusals(cases, ARRAY_LEN(cases));
}

static void content_of_the_wrong_kind_is_refused(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {STREAM, "\"content\":5", REFUSED "'http-stream' contains 'content' with wrong type"},
        {STREAM, "\"content-bin\":5",
         REFUSED "'http-stream' contains 'content-bin' with wrong type"},
        {STREAM, "\"content-bin\":\"@@@@\"",
         REFUSED "'http-stream' contains 'content-bin' that is not base64"},
        {RESPONSE, "\"body\":5", REFUSED "'http-response' contains 'body' with wrong type"},
        {WS, "\"content\":[]", REFUSED "'ws-message' contains 'content' with wrong type"},
        {STREAM, "\"content\":\"x\",\"content-filters\":\"f\"",
         REFUSED "'http-stream' contains 'content-filters' with wrong type"},
        {STREAM, "\"content\":\"x\",\"content-filters\":[1]",
         REFUSED "'http-stream' contains 'content-filters' with wrong type"},
    };
    assert_refusals(cases, ARRAY_LEN(cases));
    assert_string_equal(publish_format(STREAM, "\"content\":\"\",\"content-filters\":[\"f\"]"), "");
}

static void content_beyond_the_limit_is_refused_by_its_decoded_size(void **state)
{
    (void)state;
    publication_limits.content_bytes = 5;
    assert_string_equal(publish_format(STREAM, "\"content\":\"12345\""), "");
    assert_string_equal(publish_format(STREAM, "\"content-bin\":\"MTIzNDU=\""), "");
    static const struct refusal cases[] = {
        {STREAM, "\"content\":\"123456\"",
         REFUSED "'http-stream' content is 6 bytes, more than content_bytes (5)"},
        {STREAM, "\"content-bin\":\"MTIzNDU2\"",
         REFUSED "'http-stream' content is 6 bytes, more than content_bytes (5)"},
        {WS, "\"content\":\"123456\"",
         REFUSED "'ws-message' content is 6 bytes, more than content_bytes (5)"},
        {RESPONSE, "\"body\":\"123456\"",
         REFUSED "'http-response' content is 6 bytes, more than content_bytes (5)"},
        {RESPONSE, "\"body-patch\":[{\"op\":\"remove\",\"path\":\"/a\"}]",
         REFUSED "'http-response' content is 29 bytes, more than content_bytes (5)"},
    };
    assert_refusals(cases, ARRAY_LEN(cases));
    publication_limits.content_bytes = 0;
    assert_string_equal(publish_format(STREAM, "\"content\":\"123456\""), "");
}

static void the_four_actions_are_known_and_no_other(void **state)
{
    (void)state;
    static const char *const actions[] = {"send", "hint", "close", "refresh"};
    for (unsigned i = 0; i < ARRAY_LEN(actions); i++) {
        char members[64];
        (void)snprintf(members, sizeof(members), "\"action\":\"%s\",\"content\":\"\"", actions[i]);
        assert_string_equal(publish_format(STREAM, members), "");
        assert_int_equal(taken_format(FORMAT_STREAM)->action, i);
    }
    static const struct refusal cases[] = {
        {STREAM, "\"content\":\"x\",\"action\":\"explode\"",
         REFUSED "'http-stream' contains 'action' with unknown value 'explode'"},
        {STREAM, "\"content\":\"x\",\"action\":5",
         REFUSED "'http-stream' contains 'action' with wrong type"},
    };
    assert_refusals(cases, ARRAY_LEN(cases));
}

static void other_actions_need_no_content_and_look_at_none(void **state)
{
    (void)state;
    assert_string_equal(publish_format(RESPONSE, "\"action\":\"hint\",\"body\":5"), "");
    assert_null(taken_format(FORMAT_RESPONSE)->content.at);
    assert_string_equal(publish_format(STREAM, "\"action\":\"close\",\"content\":\"\""), "");
    assert_string_equal(publish_format(WS, "\"action\":\"refresh\""), "");
}

static void a_message_has_a_type_that_follows_its_content(void **state)
{
    (void)state;
    assert_string_equal(publish_format(WS, "\"content\":\"x\""), "");
    assert_int_equal(taken_format(FORMAT_WS)->type, WS_TEXT);
    assert_string_equal(publish_format(WS, "\"content-bin\":\"eA==\""), "");
    assert_int_equal(taken_format(FORMAT_WS)->type, WS_BINARY);
    assert_string_equal(publish_format(WS, "\"content-bin\":\"eA==\",\"type\":\"text\""), "");
    assert_int_equal(taken_format(FORMAT_WS)->type, WS_TEXT);
    assert_string_equal(publish_format(WS, "\"type\":\"ping\""), "");
    assert_int_equal(taken_format(FORMAT_WS)->type, WS_PING);
    assert_string_equal(publish_format(WS, "\"type\":\"pong\",\"content\":\"x\""), "");
    assert_int_equal(taken_format(FORMAT_WS)->type, WS_PONG);
}

static void a_message_no_websocket_can_carry_is_refused(void **state)
{
    (void)state;
    static char ping[200];
    (void)snprintf(ping, sizeof(ping), "\"type\":\"ping\",\"content\":\"%0126d\"", 0);
    const struct refusal cases[] = {
        {WS, "\"content\":\"x\",\"type\":\"smoke\"",
         REFUSED "'ws-message' contains 'type' with unknown value 'smoke'"},
        {WS, "\"content-bin\":\"/w==\",\"type\":\"text\"",
         REFUSED "'ws-message' content of type text is not UTF-8"},
        {WS, ping, REFUSED "'ws-message' content is 126 bytes, a ping carries at most 125"},
    };
    assert_refusals(cases, ARRAY_LEN(cases));
    (void)snprintf(ping, sizeof(ping), "\"type\":\"ping\",\"content\":\"%0125d\"", 0);
    assert_string_equal(publish_format(WS, ping), "");
}

static void a_close_may_have_a_code_and_a_reason(void **state)
{
    (void)state;
    assert_string_equal(publish_format(WS, "\"action\":\"close\",\"code\":4001,\"reason\":\"bye\""),
                        "");
    assert_int_equal(taken_format(FORMAT_WS)->code, 4001);
    assert_span(taken_format(FORMAT_WS)->reason, "bye");
    assert_string_equal(publish_format(WS, "\"action\":\"close\",\"code\":0"), "");
    assert_int_equal(taken_format(FORMAT_WS)->code, 0);
}

static void a_close_no_frame_can_carry_is_refused(void **state)
{
    (void)state;
    static const unsigned codes[] = {1, 999, 1004, 1005, 1006, 1015, 1016, 2999};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        char members[64];
        (void)snprintf(members, sizeof(members), "\"action\":\"close\",\"code\":%u", codes[i]);
        assert_string_equal(publish_format(WS, members),
                            REFUSED "'ws-message' contains 'code' that no close frame may carry");
    }
    static char reason[200];
    (void)snprintf(reason, sizeof(reason), "\"action\":\"close\",\"reason\":\"%0124d\"", 0);
    const struct refusal cases[] = {
        {WS, "\"action\":\"close\",\"code\":5000",
         REFUSED "'ws-message' contains 'code' with invalid value: it must be 0 to 4999"},
        {WS, "\"action\":\"close\",\"code\":\"\"",
         REFUSED "'ws-message' contains 'code' with invalid value: it must be 0 to 4999"},
        {WS, "\"action\":\"close\",\"reason\":5",
         REFUSED "'ws-message' contains 'reason' with wrong type"},
        {WS, "\"action\":\"close\",\"reason\":\"a\\u0000\"",
         REFUSED "'ws-message' contains 'reason' with a control character"},
        {WS, reason, REFUSED "'ws-message' contains 'reason' of more than 123 bytes"},
    };
    assert_refusals(cases, ARRAY_LEN(cases));
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, publication_setup, publication_teardown)
    const struct CMUnitTest tests[] = {
        RULE(content_is_text_or_base64_of_bytes),
        RULE(a_send_without_content_is_refused),
        RULE(content_of_the_wrong_kind_is_refused),
        RULE(content_beyond_the_limit_is_refused_by_its_decoded_size),
        RULE(the_four_actions_are_known_and_no_other),
        RULE(other_actions_need_no_content_and_look_at_none),
        RULE(a_message_has_a_type_that_follows_its_content),
        RULE(a_message_no_websocket_can_carry_is_refused),
        RULE(a_close_may_have_a_code_and_a_reason),
        RULE(a_close_no_frame_can_carry_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
