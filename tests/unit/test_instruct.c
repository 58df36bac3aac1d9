/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/instruct.h"
#include "tests/unit/answer_text.h"

static struct limits limits;

static int setup(void **state)
{
    (void)state;
    limits_init(&limits);
    return 0;
}

/* Reads an answer that has to be a good instruction; instruct_done() is the test's. */
static struct instruct read_good(const char *text)
{
    struct answer_text all;
    struct instruct told;
    char *why = NULL;
    enum reason fault = instruct_read(&told, answer_of(&all, span_of(text)), &limits, &why);
    if (fault != REASON_NONE)
        fail_msg("refused: %s", why);
    return told;
}

static void assert_refused_for(enum reason reason, const char *text, const char *expected)
{
    struct answer_text all;
    struct instruct told;
    char *why = NULL;
    assert_int_equal(instruct_read(&told, answer_of(&all, span_of(text)), &limits, &why), reason);
    assert_string_equal(why, expected);
    free(why);
}

static void assert_refused(const char *text, const char *expected)
{
    assert_refused_for(REASON_BAD_INSTRUCT, text, expected);
}

static void assert_span(struct span got, const char *expected)
{
    if (!expected) {
        assert_null(got.at);
        return;
    }
    assert_non_null(got.at);
    char *text = strndup(got.at, got.len);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_headers(const struct instruct *told, const char *expected)
{
    char got[1024] = "";
    size_t len = 0;
    for (size_t i = 0; i < told->header_count; i++)
        len += (size_t)snprintf(got + len, sizeof(got) - len, "%.*s: %.*s\n",
                                (int)told->headers[i].name.len, told->headers[i].name.at,
                                (int)told->headers[i].value.len, told->headers[i].value.at);
    assert_string_equal(got, expected);
}

static bool is_instruct(const char *text)
{
    struct answer_text all;
    return instruct_is(answer_of(&all, span_of(text)));
}

static void any_grip_header_or_the_media_type_makes_an_instruction(void **state)
{
    (void)state;
    assert_true(is_instruct("grip-foo: x\n"));
    assert_true(is_instruct("Content-Type: application/grip-instruct\n"));
    assert_true(is_instruct("Content-Type: Application/Grip-Instruct ; charset=utf-8\n"));
    assert_false(is_instruct("Content-Type: application/grip-instruction\n"));
    assert_false(is_instruct("X-Grip-Hold: stream\nGripper: x\n"));
    assert_false(is_instruct(""));
}

static void a_long_poll_as_in_the_specification(void **state)
{
    (void)state;
    struct instruct told = read_good("Content-Type: application/json\n"
                                     "Content-Length: 3\n"
                                     "Grip-Hold: response\n"
                                     "Grip-Channel: fruit; prev-id=3, veg; filter=skip-self\n"
                                     "Grip-Channel: nuts\n"
                                     "Grip-Timeout: 30\n"
                                     "Grip-Set-Meta: user=\"alice\", tz=utc\n"
                                     "\n"
                                     "{}\n");
    assert_int_equal(told.mode, HOLD_RESPONSE);
    assert_int_equal(told.channel_count, 3);
    assert_span(told.channels[0].name, "fruit");
    assert_span(told.channels[0].prev_id, "3");
    assert_int_equal(told.channels[0].filter_count, 0);
    assert_span(told.channels[1].name, "veg");
    assert_span(told.channels[1].prev_id, NULL);
    assert_int_equal(told.channels[1].filter_count, 1);
    assert_span(told.channels[1].filters[0], "skip-self");
    assert_span(told.channels[2].name, "nuts");
    assert_int_equal(told.timeout_s, 30);
    assert_int_equal(told.meta_count, 2);
    assert_span(told.meta[0].name, "user");
    assert_span(told.meta[0].value, "alice");
    assert_span(told.meta[1].value, "utc");
    assert_int_equal(told.status, 200);
    assert_span(told.reason, "OK");
    assert_headers(&told, "Content-Type: application/json\n");
    assert_span(told.body, "{}\n");
    assert_false(told.has_keep_alive);
    instruct_done(&told);
}

static void what_is_not_told_has_its_default(void **state)
{
    (void)state;
    struct instruct told = read_good("Grip-Foo: x\n");
    assert_int_equal(told.mode, HOLD_NONE);
    assert_int_equal(told.channel_count, 0);
    assert_int_equal(told.timeout_s, 55);
    assert_false(told.has_keep_alive);
    assert_span(told.next_uri, NULL);
    assert_span(told.gone_uri, NULL);
    instruct_done(&told);
}

static void grip_hold_knows_two_words(void **state)
{
    (void)state;
    const char *text = "Grip-Hold must be set to either 'response' or 'stream'";
    assert_refused("Grip-Hold: Stream\n", text);
    assert_refused("Grip-Hold:\n", text);
}

static void an_empty_grip_channel_is_no_channel(void **state)
{
    (void)state;
    struct instruct told = read_good("Grip-Channel:\nGrip-Hold: stream\nGrip-Channel: , a,\n");
    assert_int_equal(told.channel_count, 1);
    assert_span(told.channels[0].name, "a");
    instruct_done(&told);
}

static void an_empty_prev_id_is_present_and_a_bare_one_is_not(void **state)
{
    (void)state;
    struct instruct told =
        read_good("Grip-Hold: response\nGrip-Channel: a; prev-id=, b; prev-id\n");
    assert_span(told.channels[0].prev_id, "");
    assert_span(told.channels[1].prev_id, NULL);
    instruct_done(&told);
}

static void a_channel_has_at_most_five_filters(void **state)
{
    (void)state;
    struct instruct told =
        read_good("Grip-Channel: a; filter=1; filter=2; filter=3; filter=4; filter=5\n");
    assert_int_equal(told.channels[0].filter_count, 5);
    assert_span(told.channels[0].filters[4], "5");
    instruct_done(&told);
    assert_refused("Grip-Channel: a; filter=1; filter=2; filter=3; filter=4; filter=5; filter=6\n",
                   "too many filters for channel 'a'");
}

static void channels_are_bounded_in_number_and_length(void **state)
{
    (void)state;
    limits.channels_per_hold = 2;
    limits.channel_bytes = 4;
    limits.id_bytes = 2;
    struct instruct told = read_good("Grip-Hold: response\nGrip-Channel: abcd; prev-id=12, b\n");
    instruct_done(&told);
    assert_refused_for(REASON_TOO_MANY_CHANNELS, "Grip-Channel: a, b\nGrip-Channel: c\n",
                       "more than 2 channels on one hold");
    assert_refused("Grip-Channel: abcde\n", "channel name is longer than 4 bytes");
    assert_refused("Grip-Channel: a; prev-id=123\n",
                   "prev-id of channel 'a' is longer than 2 bytes");
    limits_init(&limits);
}

static void a_timeout_is_at_least_five_seconds(void **state)
{
    (void)state;
    struct instruct told = read_good("Grip-Timeout: 0\n");
    assert_int_equal(told.timeout_s, 5);
    instruct_done(&told);
    assert_refused("Grip-Timeout: soon\n", "failed to parse Grip-Timeout");
    assert_refused("Grip-Timeout: 5s\n", "failed to parse Grip-Timeout");
    assert_refused("Grip-Timeout: 99999999999\n", "failed to parse Grip-Timeout");
    assert_refused("Grip-Timeout: -1\n", "Grip-Timeout has invalid value");
}

static void keep_alive_data_comes_in_three_formats(void **state)
{
    (void)state;
    struct instruct told = read_good("Grip-Keep-Alive: a\\n, b\n");
    assert_true(told.has_keep_alive);
    assert_span(told.keep_alive, "a\\n, b");
    assert_int_equal(told.keep_alive_s, 55);
    assert_int_equal(told.keep_alive_mode, KEEP_ALIVE_IDLE);
    instruct_done(&told);

    told = read_good("Grip-Keep-Alive: :\\n\\n; format=cstring; timeout=20; mode=interval\n"
                     "Grip-Keep-Alive: only the first counts; format=unknown\n");
    assert_span(told.keep_alive, ":\n\n");
    assert_int_equal(told.keep_alive_s, 20);
    assert_int_equal(told.keep_alive_mode, KEEP_ALIVE_INTERVAL);
    instruct_done(&told);

    told = read_good("Grip-Keep-Alive: Ogo=; format=base64; timeout=0; mode=idle\n");
    assert_span(told.keep_alive, ":\n");
    assert_int_equal(told.keep_alive_s, 1);
    instruct_done(&told);
}

static void a_wrong_keep_alive_says_what_is_wrong(void **state)
{
    (void)state;
    assert_refused("Grip-Keep-Alive:\n", "Grip-Keep-Alive cannot be empty");
    assert_refused("Grip-Keep-Alive: ; timeout=5\n", "Grip-Keep-Alive cannot be empty");
    assert_refused("Grip-Keep-Alive: x; mode=often\n", "no such Grip-Keep-Alive mode 'often'");
    assert_refused("Grip-Keep-Alive: x; timeout=\n",
                   "failed to parse Grip-Keep-Alive timeout value");
    assert_refused("Grip-Keep-Alive: x; timeout=-5\n", "Grip-Keep-Alive timeout has invalid value");
    assert_refused("Grip-Keep-Alive: \\x; format=cstring\n",
                   "failed to parse Grip-Keep-Alive cstring format");
    assert_refused("Grip-Keep-Alive: Zm 9; format=base64\n",
                   "failed to parse Grip-Keep-Alive base64 format");
    assert_refused("Grip-Keep-Alive: x; format=hex\n", "no such Grip-Keep-Alive format 'hex'");
}

static void the_last_link_of_each_kind_wins(void **state)
{
    (void)state;
    struct instruct told = read_good("Grip-Link: </a>; rel=next; timeout=7, </g>; rel=gone\n"
                                     "Grip-Link: </x>, </y>; rel=prev\n"
                                     "Grip-Link: </b?c=1>; rel=\"next\"\n");
    assert_span(told.next_uri, "/b?c=1");
    assert_int_equal(told.next_timeout_s, 120);
    assert_span(told.gone_uri, "/g");
    instruct_done(&told);
    told = read_good("Grip-Link: </a>; rel=next; timeout=7\n");
    assert_int_equal(told.next_timeout_s, 7);
    instruct_done(&told);
}

static void a_wrong_link_says_what_is_wrong(void **state)
{
    (void)state;
    assert_refused("Grip-Link: /a; rel=next\n", "failed to parse Grip-Link value");
    assert_refused("Grip-Link: <>; rel=next\n", "failed to parse Grip-Link value");
    assert_refused("Grip-Link: </a b>; rel=next\n", "Grip-Link contains invalid link");
    assert_refused("Grip-Link: </a>; rel=next; timeout=x\n",
                   "failed to parse Grip-Link timeout value");
    assert_refused("Grip-Link: </a>; rel=next; timeout=-1\n",
                   "Grip-Link timeout has invalid value");
}

static void the_last_value_of_a_name_of_metadata_wins(void **state)
{
    (void)state;
    limits.meta_per_hold = 2;
    struct instruct told = read_good("Grip-Set-Meta: a=1, b=2\nGrip-Set-Meta: a=\"3,4\"\n");
    assert_int_equal(told.meta_count, 2);
    assert_span(told.meta[0].value, "3,4");
    instruct_done(&told);
    assert_refused("Grip-Set-Meta: a=1, , b=2\n", "Grip-Set-Meta cannot be empty");
    assert_refused("Grip-Set-Meta: a=1, b=2, c=3\n", "more than 2 names of metadata on one hold");
    limits_init(&limits);
}

static void grip_status_replaces_the_status_line(void **state)
{
    (void)state;
    struct instruct told = read_good("Content-Type: text/plain\n"
                                     "Grip-Status: 404 Nothing To See Here\n"
                                     "Content-Length: 4\n\nnope");
    assert_int_equal(told.status, 404);
    assert_span(told.reason, "Nothing To See Here");
    assert_headers(&told, "Content-Type: text/plain\n");
    assert_span(told.body, "nope");
    instruct_done(&told);
    told = read_good("Grip-Status: 413\n");
    assert_span(told.reason, "Request Entity Too Large");
    instruct_done(&told);
    told = read_good("Grip-Status: 599 \n");
    assert_span(told.reason, "Undefined Reason");
    instruct_done(&told);
}

static void a_status_no_client_may_get_is_refused(void **state)
{
    (void)state;
    const char *text = "Grip-Status contains invalid status code";
    assert_refused("Grip-Status: 0\n", text);
    assert_refused("Grip-Status: 101 Switching Protocols\n", text);
    assert_refused("Grip-Status: 600\n", text);
    assert_refused("Grip-Status: OK\n", text);
    assert_refused("Grip-Status:\n", text);
    assert_refused("Grip-Status: 200 O\rK\n", "reason contains control characters");
}

static void the_client_gets_no_grip_hop_by_hop_or_framing_header(void **state)
{
    (void)state;
    struct instruct told = read_good("grip-Foo: 1\n"
                                     "Connection: close, X-Private\n"
                                     "Keep-Alive: timeout=5\n"
                                     "Transfer-Encoding: chunked\n"
                                     "Content-Length: 5\n"
                                     "Trailer: X\n"
                                     "Proxy-Authenticate: Basic\n"
                                     "x-private: 1\n"
                                     "Content-Encoding: gzip\n"
                                     "Set-Cookie: a=1\n"
                                     "Set-Cookie: b=2\n");
    assert_headers(&told, "Content-Encoding: gzip\nSet-Cookie: a=1\nSet-Cookie: b=2\n");
    instruct_done(&told);
}

static void exposed_headers_are_all_the_client_gets(void **state)
{
    (void)state;
    struct instruct told = read_good("Grip-Expose-Headers: x-yes, Content-Type\n"
                                     "Grip-Expose-Headers: X-Also\n"
                                     "X-Yes: 1\nX-No: 2\ncontent-type: a/b\nX-Also: 3\n");
    assert_headers(&told, "X-Yes: 1\ncontent-type: a/b\nX-Also: 3\n");
    instruct_done(&told);
    told = read_good("Grip-Expose-Headers: ,\nX-Yes: 1\n");
    assert_headers(&told, "X-Yes: 1\n");
    instruct_done(&told);
}

static void control_characters_never_pass(void **state)
{
    (void)state;
    assert_refused("Grip-Foo: 1\nX-A: b\rc\n",
                   "the value of header 'X-A' contains control characters");
    assert_refused("Grip-Foo: 1\nX A: b\n", "the name of header 'X A' is not valid");
    assert_refused("Grip-Channel: a\rb\n",
                   "channel 'a?b' or its prev-id contains control characters");
}

static void a_stream_with_a_prev_id_needs_a_next_link(void **state)
{
    (void)state;
    assert_refused("Grip-Hold: stream\nGrip-Channel: a, b; prev-id=1\n",
                   "channel 'b' specifies prev-id, but no next link found");
    struct instruct told = read_good("Grip-Hold: stream\nGrip-Channel: b; prev-id=1\n"
                                     "Grip-Link: </after/1>; rel=next\n");
    instruct_done(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_grip_header_or_the_media_type_makes_an_instruction),
        cmocka_unit_test(a_long_poll_as_in_the_specification),
        cmocka_unit_test(what_is_not_told_has_its_default),
        cmocka_unit_test(grip_hold_knows_two_words),
        cmocka_unit_test(an_empty_grip_channel_is_no_channel),
        cmocka_unit_test(an_empty_prev_id_is_present_and_a_bare_one_is_not),
        cmocka_unit_test(a_channel_has_at_most_five_filters),
        cmocka_unit_test(channels_are_bounded_in_number_and_length),
        cmocka_unit_test(a_timeout_is_at_least_five_seconds),
        cmocka_unit_test(keep_alive_data_comes_in_three_formats),
        cmocka_unit_test(a_wrong_keep_alive_says_what_is_wrong),
        cmocka_unit_test(the_last_link_of_each_kind_wins),
        cmocka_unit_test(a_wrong_link_says_what_is_wrong),
        cmocka_unit_test(the_last_value_of_a_name_of_metadata_wins),
        cmocka_unit_test(grip_status_replaces_the_status_line),
        cmocka_unit_test(a_status_no_client_may_get_is_refused),
        cmocka_unit_test(the_client_gets_no_grip_hop_by_hop_or_framing_header),
        cmocka_unit_test(exposed_headers_are_all_the_client_gets),
        cmocka_unit_test(control_characters_never_pass),
        cmocka_unit_test(a_stream_with_a_prev_id_needs_a_next_link),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
