/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/instruct.h"
#include "common/mem.h"
#include "tests/unit/answer_text.h"

#define GRIP_JSON "Content-Type: application/grip-instruct\n"

static struct limits limits;

/* Reads GRIP_JSON with more headers and a body; instruct_done() is the test's. */
static enum reason read_with(struct instruct *told, const char *headers, const char *body,
                             char **why)
{
    struct answer_text all;
    static char text[400000];
    (void)snprintf(text, sizeof(text), GRIP_JSON "%s\n%s", headers, body);
    return instruct_read(told, answer_of(&all, span_of(text)), &limits, why);
}

static struct instruct read_good(const char *headers, const char *body)
{
    struct instruct told;
    char *why = NULL;
    if (read_with(&told, headers, body, &why) != REASON_NONE)
        fail_msg("refused: %s", why);
    return told;
}

static void assert_refused(const char *body, const char *expected)
{
    struct instruct told;
    char *why = NULL;
    assert_int_not_equal(read_with(&told, "", body, &why), REASON_NONE);
    assert_string_equal(why, expected);
    free(why);
}

static void assert_span(struct span got, const char *expected)
{
    assert_non_null(got.at);
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.at, expected, got.len);
}

static void a_stream_as_in_the_specification(void **state)
{
    (void)state;
    struct instruct told =
        read_good("Grip-Link: </after/7>; rel=next\nX-Own: dropped\n",
                  "{\"hold\":{\"mode\":\"stream\",\"channels\":[{\"name\":\"a,b;c\",\"prev-id\":"
                  "\"7\"}],\"keep-alive\":{\"content\":\"\\n\",\"timeout\":20}},\"response\":{"
                  "\"headers\":{\"Content-Type\":\"text/plain\"},\"body\":\"hi\\n\"}}");
    assert_int_equal(told.mode, HOLD_STREAM);
    assert_int_equal(told.channel_count, 1);
    assert_span(told.channels[0].name, "a,b;c");
    assert_span(told.channels[0].prev_id, "7");
    assert_span(told.next_uri, "/after/7");
    assert_true(told.has_keep_alive);
    assert_span(told.keep_alive, "\n");
    assert_int_equal(told.keep_alive_s, 20);
    assert_int_equal(told.keep_alive_mode, KEEP_ALIVE_INTERVAL);
    assert_int_equal(told.header_count, 1);
    assert_span(told.headers[0].name, "Content-Type");
    assert_span(told.headers[0].value, "text/plain");
    assert_span(told.body, "hi\n");
    assert_int_equal(told.status, 200);
    instruct_done(&told);
}

static void without_a_response_the_client_gets_an_empty_one(void **state)
{
    (void)state;
    struct instruct told = read_good("", "{}");
    assert_int_equal(told.mode, HOLD_NONE);
    assert_int_equal(told.header_count, 0);
    assert_int_equal(told.body.len, 0);
    assert_int_equal(told.status, 200);
    instruct_done(&told);
}

static void headers_and_json_are_merged(void **state)
{
    (void)state;
    struct instruct told = read_good(
        "Grip-Hold: stream\nGrip-Channel: h\nGrip-Timeout: 10\nGrip-Set-Meta: a=1, b=2\n"
        "Grip-Status: 404\n",
        "{\"hold\":{\"channels\":[{\"name\":\"j\"}],\"timeout\":20,\"meta\":{\"a\":\"3\"}}}");
    assert_int_equal(told.mode, HOLD_RESPONSE);
    assert_int_equal(told.channel_count, 2);
    assert_span(told.channels[0].name, "h");
    assert_span(told.channels[1].name, "j");
    assert_int_equal(told.timeout_s, 20);
    assert_int_equal(told.meta_count, 2);
    assert_span(told.meta[0].value, "3");
    assert_span(told.meta[1].value, "2");
    assert_int_equal(told.status, 404);
    assert_span(told.reason, "Not Found");
    instruct_done(&told);
    told = read_good("Grip-Hold: stream\n", "{\"hold\":null}");
    assert_int_equal(told.mode, HOLD_STREAM);
    instruct_done(&told);
}

static void numbers_may_be_strings_booleans_and_fractions(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        unsigned seconds;
    } cases[] = {{"30", 30},   {"\"30\"", 30}, {"29.6", 30}, {"true", 5},
                 {"null", 55}, {"0", 5},       {"3e1", 30}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *body = mem_printf("{\"hold\":{\"channels\":[],\"timeout\":%s}}", cases[i].json);
        struct instruct told = read_good("", body);
        assert_int_equal(told.timeout_s, cases[i].seconds);
        instruct_done(&told);
        free(body);
    }
    assert_refused("{\"hold\":{\"channels\":[],\"timeout\":\"x\"}}",
                   "hold contains 'timeout' with wrong type");
    assert_refused("{\"hold\":{\"channels\":[],\"timeout\":[]}}",
                   "hold contains 'timeout' with wrong type");
    assert_refused("{\"hold\":{\"channels\":[],\"timeout\":1e300}}",
                   "hold contains 'timeout' with wrong type");
    assert_refused("{\"hold\":{\"channels\":[],\"timeout\":-1}}",
                   "hold contains 'timeout' with invalid value");
    assert_refused("{\"hold\":{\"channels\":[],\"timeout\":4294967297}}",
                   "hold contains 'timeout' with invalid value");
}

static void null_is_as_good_as_absent(void **state)
{
    (void)state;
    struct instruct told =
        read_good("", "{\"response\":null,\"hold\":{\"mode\":null,\"meta\":null,\"keep-alive\":"
                      "null,\"channels\":[{\"name\":\"a\",\"prev-id\":null,\"filters\":null}]}}");
    assert_int_equal(told.mode, HOLD_RESPONSE);
    assert_null(told.channels[0].prev_id.at);
    assert_false(told.has_keep_alive);
    instruct_done(&told);
}

static void a_wrong_hold_says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *hold;
        const char *why;
    } cases[] = {
        {"[]", "instruct contains 'hold' with wrong type"},
        {"{\"mode\":1}", "hold contains 'mode' with wrong type"},
        {"{\"mode\":\"x\"}", "hold 'mode' must be set to either 'response' or 'stream'"},
        {"{}", "hold does not contain 'channels'"},
        {"{\"channels\":{}}", "hold contains 'channels' with wrong type"},
        {"{\"channels\":[1]}", "channels contains value with wrong type"},
        {"{\"channels\":[{}]}", "channel does not contain 'name'"},
        {"{\"channels\":[{\"name\":1}]}", "channel contains 'name' with wrong type"},
        {"{\"channels\":[{\"name\":\"\"}]}", "channel contains 'name' with invalid value"},
        {"{\"channels\":[{\"name\":\"a\\r\\nb\"}]}",
         "channel 'a??b' or its prev-id contains control characters"},
        {"{\"channels\":[{\"name\":\"a\",\"filters\":1}]}",
         "channel contains 'filters' with wrong type"},
        {"{\"channels\":[{\"name\":\"a\",\"filters\":[1]}]}",
         "filters contains value with wrong type"},
        {"{\"channels\":[{\"name\":\"a\",\"filters\":[\"\",\"\",\"\",\"\",\"\",\"\"]}]}",
         "too many filters for channel 'a'"},
        {"{\"channels\":[],\"keep-alive\":1}", "hold contains 'keep-alive' with wrong type"},
        {"{\"channels\":[],\"keep-alive\":{}}", "keep-alive does not contain 'content'"},
        {"{\"channels\":[],\"keep-alive\":{\"content-bin\":\"!\"}}",
         "keep-alive contains 'content-bin' with invalid value"},
        {"{\"channels\":[],\"meta\":1}", "hold contains 'meta' with wrong type"},
        {"{\"channels\":[],\"meta\":{\"k\":1}}", "'meta' contains 'k' with wrong type"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *body = mem_printf("{\"hold\":%s}", cases[i].hold);
        assert_refused(body, cases[i].why);
        free(body);
    }
}

static void a_wrong_response_says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *response;
        const char *why;
    } cases[] = {
        {"1", "instruct contains 'response' with wrong type"},
        {"{\"code\":[]}", "response contains 'code' with wrong type"},
        {"{\"code\":101}", "response contains 'code' with invalid value"},
        {"{\"code\":600}", "response contains 'code' with invalid value"},
        {"{\"reason\":1}", "response contains 'reason' with wrong type"},
        {"{\"reason\":\"a\\r\\nb: c\"}", "reason contains control characters"},
        {"{\"headers\":1}", "response contains 'headers' with wrong type"},
        {"{\"headers\":{\"X\":1}}", "headers contains 'X' with wrong type"},
        {"{\"headers\":[1]}", "headers contains element with wrong type"},
        {"{\"headers\":[[\"a\"]]}", "headers contains list with wrong number of elements"},
        {"{\"headers\":[[1,\"a\"]]}", "header contains name element with wrong type"},
        {"{\"headers\":[[\"a\",1]]}", "header contains value element with wrong type"},
        {"{\"headers\":{\"X\":\"a\\r\\nY: b\"}}",
         "the value of header 'X' contains control characters"},
        {"{\"headers\":{\"X\":\"a\\u0000\"}}",
         "the value of header 'X' contains control characters"},
        {"{\"headers\":{\"X: a\\nY\":\"b\"}}", "the name of header 'X: a?Y' is not valid"},
        {"{\"body\":1}", "response contains 'body' with wrong type"},
        {"{\"body-bin\":\"a\"}", "response contains 'body-bin' with invalid value"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *body = mem_printf("{\"response\":%s}", cases[i].response);
        assert_refused(body, cases[i].why);
        free(body);
    }
}

static void a_response_has_code_reason_repeated_headers_and_a_binary_body(void **state)
{
    (void)state;
    struct instruct told = read_good(
        "", "{\"response\":{\"code\":\"201\",\"headers\":[[\"Set-Cookie\",\"a\"],[\"Set-Cookie\","
            "\"b\"],[\"Content-Length\",\"9\"],[\"Grip-Hold\",\"x\"]],\"body\":\"no\","
            "\"body-bin\":\"AP8=\"}}");
    assert_int_equal(told.status, 201);
    assert_span(told.reason, "Created");
    assert_int_equal(told.header_count, 2);
    assert_span(told.headers[1].value, "b");
    assert_int_equal(told.body.len, 2);
    assert_memory_equal(told.body.at, "\0\xff", 2);
    instruct_done(&told);

    told = read_good(
        "", "{\"response\":{\"code\":404,\"reason\":\"Gone Fishing\",\"body\":\"a\\u0000b\"}}");
    assert_span(told.reason, "Gone Fishing");
    assert_int_equal(told.body.len, 3);
    assert_memory_equal(told.body.at, "a\0b", 3);
    instruct_done(&told);
}

static void the_json_has_to_be_one_object_in_a_200(void **state)
{
    (void)state;
    assert_refused("", "failed to parse application/grip-instruct content as JSON");
    assert_refused("{} {}", "failed to parse application/grip-instruct content as JSON");
    assert_refused("[]", "instruct must be an object");
    assert_refused("1", "instruct must be an object");

    struct answer answer = {
        .status = 404,
        .headers = &(struct header){SPAN("Content-Type"), SPAN("application/grip-instruct")},
        .header_count = 1,
        .body = SPAN("{}")};
    struct instruct told;
    char *why;
    assert_int_equal(instruct_read(&told, &answer, &limits, &why), REASON_BAD_INSTRUCT);
    assert_string_equal(why, "response code for application/grip-instruct content must be 200");
    free(why);
}

static void json_nested_without_end_is_refused(void **state)
{
    (void)state;
    static char deep[100001];
    memset(deep, '[', sizeof(deep) - 1);
    assert_refused(deep, "failed to parse application/grip-instruct content as JSON");
}

static void more_channels_than_allowed_are_too_many(void **state)
{
    (void)state;
    limits.channels_per_hold = 1;
    struct instruct told;
    char *why;
    assert_int_equal(
        read_with(&told, "Grip-Channel: h\n", "{\"hold\":{\"channels\":[{\"name\":\"j\"}]}}", &why),
        REASON_TOO_MANY_CHANNELS);
    free(why);
    limits_init(&limits);
}

static int setup(void **state)
{
    (void)state;
    limits_init(&limits);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_as_in_the_specification),
        cmocka_unit_test(without_a_response_the_client_gets_an_empty_one),
        cmocka_unit_test(headers_and_json_are_merged),
        cmocka_unit_test(numbers_may_be_strings_booleans_and_fractions),
        cmocka_unit_test(null_is_as_good_as_absent),
        cmocka_unit_test(a_wrong_hold_says_what_is_wrong),
        cmocka_unit_test(a_wrong_response_says_what_is_wrong),
        cmocka_unit_test(a_response_has_code_reason_repeated_headers_and_a_binary_body),
        cmocka_unit_test(the_json_has_to_be_one_object_in_a_200),
        cmocka_unit_test(json_nested_without_end_is_refused),
        cmocka_unit_test(more_channels_than_allowed_are_too_many),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
