/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/wscontrol.h"

static struct limits limits;
static struct wscontrol control;

static int control_setup(void **state)
{
    (void)state;
    limits_init(&limits);
    control = (struct wscontrol){0};
    return 0;
}

static int control_teardown(void **state)
{
    (void)state;
    wscontrol_done(&control);
    return 0;
}

/* Returns: the fault, "" for none. The control message stays until the next or the test's end. */
static const char *reading(const char *json)
{
    wscontrol_done(&control);
    const char *why = wscontrol_read(&control, span_of(json), &limits);
    return why ? why : "";
}

static void assert_span(struct span got, const char *expected)
{
    assert_non_null(got.at);
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.at, expected, got.len);
}

struct fault {
    const char *json;
    const char *why;
};

static void assert_faults(const struct fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(reading(faults[i].json), faults[i].why);
}

static void a_channel_is_subscribed_and_unsubscribed(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"subscribe\",\"channel\":\"r\\u00f6om, a;b\"}"), "");
    assert_int_equal(control.kind, WSCONTROL_SUBSCRIBE);
    assert_span(control.channel, "r\xc3\xb6om, a;b");
    assert_int_equal(control.filter_count, 0);
    assert_string_equal(reading("{\"type\":\"unsubscribe\",\"channel\":\"room\"}"), "");
    assert_int_equal(control.kind, WSCONTROL_UNSUBSCRIBE);
    assert_span(control.channel, "room");
}

static void the_guides_example_is_read(void **state)
{
    (void)state;
    assert_string_equal(
        reading("{\"type\": \"subscribe\", \"channel\": \"additional-channel-subscription\"}"), "");
    assert_span(control.channel, "additional-channel-subscription");
}

static void filters_keep_their_order(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"subscribe\",\"channel\":\"r\",\"filters\":"
                                "[\"skip-self\",\"b\",\"c\",\"d\",\"e\"]}"),
                        "");
    assert_int_equal(control.filter_count, 5);
    assert_span(control.filters[0], "skip-self");
    assert_span(control.filters[4], "e");
    assert_string_equal(reading("{\"type\":\"subscribe\",\"channel\":\"r\",\"filters\":null}"), "");
    assert_int_equal(control.filter_count, 0);
}

static void more_filters_than_a_channel_may_have_are_told(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"subscribe\",\"channel\":\"r\",\"filters\":"
                                "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}"),
                        "");
    assert_true(control.has_too_many_filters);
}

static void filters_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct fault faults[] = {
        {"{\"type\":\"subscribe\",\"channel\":\"r\",\"filters\":\"a\"}",
         "control message contains 'filters' with wrong type"},
        {"{\"type\":\"subscribe\",\"channel\":\"r\",\"filters\":[1]}",
         "filters contains value with wrong type"},
    };
    assert_faults(faults, ARRAY_LEN(faults));
}

static void a_channel_without_a_sound_name_is_refused(void **state)
{
    (void)state;
    limits.channel_bytes = 4;
    static const struct fault faults[] = {
        {"{\"type\":\"subscribe\"}", "control message does not contain 'channel'"},
        {"{\"type\":\"unsubscribe\",\"channel\":null}",
         "control message does not contain 'channel'"},
        {"{\"type\":\"subscribe\",\"channel\":\"\"}",
         "control message contains 'channel' with invalid value"},
        {"{\"type\":\"subscribe\",\"channel\":5}",
         "control message contains 'channel' with wrong type"},
        {"{\"type\":\"subscribe\",\"channel\":\"a\\nb\"}",
         "control message contains 'channel' with a control character"},
        {"{\"type\":\"subscribe\",\"channel\":\"a\\u0000\"}",
         "control message contains 'channel' with a control character"},
        {"{\"type\":\"unsubscribe\",\"channel\":\"12345\"}",
         "channel name is longer than channel_bytes"},
        {"{\"type\":\"unsubscribe\",\"channel\":\"1234\"}", ""},
    };
    assert_faults(faults, ARRAY_LEN(faults));
}

static void some_types_say_it_all(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"detach\"}"), "");
    assert_int_equal(control.kind, WSCONTROL_DETACH);
    assert_string_equal(reading("{\"type\":\"session\",\"id\":\"s\"}"), "");
    assert_int_equal(control.kind, WSCONTROL_SESSION);
    assert_string_equal(reading("{\"type\":\"flush-delayed\",\"channel\":5}"), "");
    assert_int_equal(control.kind, WSCONTROL_FLUSH_DELAYED);
}

static void metadata_is_set_or_deleted(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"set-meta\",\"name\":\"User\",\"value\":\"al ice\"}"),
                        "");
    assert_int_equal(control.kind, WSCONTROL_SET_META);
    assert_span(control.name, "User");
    assert_span(control.value, "al ice");
    assert_string_equal(reading("{\"type\":\"set-meta\",\"name\":\"User\",\"value\":\"\"}"), "");
    assert_span(control.value, "");
    assert_string_equal(reading("{\"type\":\"set-meta\",\"name\":\"User\"}"), "");
    assert_null(control.value.at);
    assert_string_equal(reading("{\"type\":\"set-meta\",\"name\":\"User\",\"value\":null}"), "");
    assert_null(control.value.at);
}

static void metadata_that_could_not_be_a_header_is_refused(void **state)
{
    (void)state;
    static const struct fault faults[] = {
        {"{\"type\":\"set-meta\",\"value\":\"v\"}", "control message does not contain 'name'"},
        {"{\"type\":\"set-meta\",\"name\":\"\"}",
         "control message contains 'name' with invalid value"},
        {"{\"type\":\"set-meta\",\"name\":\"a: b\"}",
         "control message contains 'name' with invalid value"},
        {"{\"type\":\"set-meta\",\"name\":1}", "control message contains 'name' with wrong type"},
        {"{\"type\":\"set-meta\",\"name\":\"n\",\"value\":1}",
         "control message contains 'value' with wrong type"},
        {"{\"type\":\"set-meta\",\"name\":\"n\",\"value\":\"v\\r\\nX: y\"}",
         "control message contains 'value' with a control character"},
    };
    assert_faults(faults, ARRAY_LEN(faults));
}

static void a_keep_alive_has_what_was_told_or_the_usual(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"keep-alive\",\"content\":\"ping!\"}"), "");
    assert_int_equal(control.kind, WSCONTROL_KEEP_ALIVE);
    assert_span(control.content, "ping!");
    assert_int_equal(control.type, WS_TEXT);
    assert_int_equal(control.timeout_s, 55);
    assert_int_equal(control.mode, KEEP_ALIVE_IDLE);
    assert_string_equal(reading("{\"type\":\"keep-alive\",\"content\":\"\",\"message-type\":"
                                "\"ping\",\"timeout\":30,\"mode\":\"interval\"}"),
                        "");
    assert_span(control.content, "");
    assert_int_equal(control.type, WS_PING);
    assert_int_equal(control.timeout_s, 30);
    assert_int_equal(control.mode, KEEP_ALIVE_INTERVAL);
    assert_string_equal(reading("{\"type\":\"keep-alive\",\"content\":\"x\",\"mode\":\"idle\"}"),
                        "");
    assert_int_equal(control.mode, KEEP_ALIVE_IDLE);
}

static void a_keep_alive_without_content_is_off_whatever_else_it_says(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"keep-alive\",\"timeout\":[],\"mode\":\"odd\"}"), "");
    assert_null(control.content.at);
    assert_string_equal(reading("{\"type\":\"keep-alive\",\"content\":null}"), "");
    assert_null(control.content.at);
}

static void a_delayed_message_waits_a_second_unless_told(void **state)
{
    (void)state;
    assert_string_equal(reading("{\"type\":\"send-delayed\",\"content\":\"x\"}"), "");
    assert_int_equal(control.kind, WSCONTROL_SEND_DELAYED);
    assert_span(control.content, "x");
    assert_int_equal(control.timeout_s, 1);
    assert_string_equal(
        reading("{\"type\":\"send-delayed\",\"content\":\"x\",\"timeout\":7,\"message-type\":"
                "\"pong\",\"mode\":\"odd\"}"),
        "");
    assert_int_equal(control.timeout_s, 7);
    assert_int_equal(control.type, WS_PONG);
}

static void a_timeout_that_is_not_positive_is_the_usual_one(void **state)
{
    (void)state;
    static const struct {
        const char *timeout;
        unsigned keep_alive_s, delayed_s;
    } cases[] = {
        {"0", 55, 1},       {"-3", 55, 1},
        {"null", 55, 1},    {"1", 1, 1},
        {"\"30\"", 30, 30}, {"29.6", 30, 30},
        {"true", 1, 1},     {"2147483647", 2147483647, 2147483647},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char json[128];
        (void)snprintf(json, sizeof(json),
                       "{\"type\":\"keep-alive\",\"content\":\"x\",\"timeout\":%s}",
                       cases[i].timeout);
        assert_string_equal(reading(json), "");
        assert_int_equal(control.timeout_s, cases[i].keep_alive_s);
        (void)snprintf(json, sizeof(json),
                       "{\"type\":\"send-delayed\",\"content\":\"x\",\"timeout\":%s}",
                       cases[i].timeout);
        assert_string_equal(reading(json), "");
        assert_int_equal(control.timeout_s, cases[i].delayed_s);
    }
}

static void base64_wins_over_text_and_is_text_unless_told(void **state)
{
    (void)state;
    assert_string_equal(
        reading("{\"type\":\"send-delayed\",\"content\":\"x\",\"content-bin\":\"aGVsbG8=\"}"), "");
    assert_span(control.content, "hello");
    assert_int_equal(control.type, WS_TEXT);
    assert_string_equal(reading("{\"type\":\"keep-alive\",\"content-bin\":\"/w==\","
                                "\"message-type\":\"binary\"}"),
                        "");
    assert_span(control.content, "\xff");
    assert_int_equal(control.type, WS_BINARY);
}

static void a_message_that_no_frame_could_carry_is_refused(void **state)
{
    (void)state;
    static const struct fault faults[] = {
        {"{\"type\":\"keep-alive\",\"content\":5}",
         "control message contains 'content' with wrong type"},
        {"{\"type\":\"keep-alive\",\"content-bin\":5}",
         "control message contains 'content-bin' with wrong type"},
        {"{\"type\":\"keep-alive\",\"content-bin\":\"@@@@\"}",
         "control message contains 'content-bin' with invalid value"},
        {"{\"type\":\"keep-alive\",\"content-bin\":\"/w==\"}", "content of type text is not UTF-8"},
        {"{\"type\":\"send-delayed\",\"content\":\"x\",\"message-type\":\"close\"}",
         "control message contains 'message-type' with invalid value"},
        {"{\"type\":\"send-delayed\",\"content\":\"x\",\"message-type\":1}",
         "control message contains 'message-type' with wrong type"},
        {"{\"type\":\"keep-alive\",\"content\":\"x\",\"timeout\":[]}",
         "control message contains 'timeout' with wrong type"},
        {"{\"type\":\"keep-alive\",\"content\":\"x\",\"timeout\":2147483648}",
         "control message contains 'timeout' with invalid value"},
        {"{\"type\":\"keep-alive\",\"content\":\"x\",\"mode\":\"Idle\"}",
         "control message contains 'mode' with invalid value"},
        {"{\"type\":\"keep-alive\",\"content\":\"x\",\"mode\":0}",
         "control message contains 'mode' with wrong type"},
    };
    assert_faults(faults, ARRAY_LEN(faults));
}

static void a_ping_carries_125_bytes_and_no_more(void **state)
{
    (void)state;
    char json[256];
    for (int len = 125; len <= 126; len++) {
        (void)snprintf(json, sizeof(json),
                       "{\"type\":\"keep-alive\",\"message-type\":\"ping\",\"content\":\"%0*d\"}",
                       len, 0);
        assert_string_equal(reading(json),
                            len == 125 ? "" : "a ping or pong carries at most 125 bytes");
    }
}

static void what_is_no_control_message_is_refused(void **state)
{
    (void)state;
    static const struct fault faults[] = {
        {"", "control message is not valid JSON"},
        {"{\"type\":\"detach\"", "control message is not valid JSON"},
        {"{\"type\":\"detach\"} x", "control message is not valid JSON"},
        {"{\"type\":\"\xff\"}", "control message is not valid JSON"},
        {"[]", "control message is not a JSON object"},
        {"\"detach\"", "control message is not a JSON object"},
        {"{}", "control message does not contain 'type'"},
        {"{\"type\":null}", "control message does not contain 'type'"},
        {"{\"type\":1}", "control message contains 'type' with wrong type"},
        {"{\"type\":\"Detach\"}", "control message is of an unknown type"},
        {"{\"type\":\"cancel\"}", "control message is of an unknown type"},
    };
    assert_faults(faults, ARRAY_LEN(faults));
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, control_setup, control_teardown)
    const struct CMUnitTest tests[] = {
        RULE(a_channel_is_subscribed_and_unsubscribed),
        RULE(the_guides_example_is_read),
        RULE(filters_keep_their_order),
        RULE(more_filters_than_a_channel_may_have_are_told),
        RULE(filters_that_are_none_are_refused),
        RULE(a_channel_without_a_sound_name_is_refused),
        RULE(some_types_say_it_all),
        RULE(metadata_is_set_or_deleted),
        RULE(metadata_that_could_not_be_a_header_is_refused),
        RULE(a_keep_alive_has_what_was_told_or_the_usual),
        RULE(a_keep_alive_without_content_is_off_whatever_else_it_says),
        RULE(a_delayed_message_waits_a_second_unless_told),
        RULE(a_timeout_that_is_not_positive_is_the_usual_one),
        RULE(base64_wins_over_text_and_is_text_unless_told),
        RULE(a_message_that_no_frame_could_carry_is_refused),
        RULE(a_ping_carries_125_bytes_and_no_more),
        RULE(what_is_no_control_message_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
