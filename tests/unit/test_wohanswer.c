/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/wohanswer.h"
#include "frontend/wohqueue.h"

static struct limits limits;

static int set_up(void **state)
{
    (void)state;
    limits_init(&limits);
    return 0;
}

/* Returns: an answer of that status with one header, or none, besides Content-Type. */
static struct wohanswer *answer_of(unsigned status, const char *type, const char *name,
                                   const char *value, const char *body)
{
    const struct header headers[] = {{SPAN("content-type"), span_of(type)},
                                     {span_of(name), span_of(value)}};
    const struct answer head = {status, {NULL, 0}, headers, name ? 2 : 1, {NULL, 0}};
    struct wohanswer *answer = wohanswer_new(&head);
    assert_true(wohanswer_add(answer, span_of(body), &limits));
    wohanswer_end(answer);
    return answer;
}

#define EVENTS "application/websocket-events"

static const char *check(bool is_opening, unsigned status, const char *type, const char *body)
{
    struct wohanswer *answer = answer_of(status, type, NULL, NULL, body);
    const char *why = wohanswer_check(answer, is_opening, 0);
    wohanswer_free(answer);
    return why;
}

static void only_200_with_exactly_the_type_is_events(void **state)
{
    (void)state;
    assert_null(check(false, 200, EVENTS, "TEXT 1\r\na\r\n"));
    assert_null(check(false, 200, "Application/WebSocket-Events", ""));
    assert_non_null(check(false, 200, EVENTS "; charset=utf-8", ""));
    assert_non_null(check(false, 204, EVENTS, ""));
    assert_non_null(check(false, 200, "text/plain", ""));
}

static void the_answer_to_open_begins_with_open(void **state)
{
    (void)state;
    assert_null(check(true, 200, EVENTS, "OPEN\r\nTEXT 1\r\na\r\n"));
    assert_non_null(check(true, 200, EVENTS, "TEXT 1\r\na\r\n"));
    assert_non_null(check(true, 200, EVENTS, "OPEN\r\nOPEN\r\n"));
    assert_non_null(check(false, 200, EVENTS, "OPEN\r\n"));
}

static void an_empty_answer_to_open_needs_polling(void **state)
{
    (void)state;
    struct wohanswer *answer = answer_of(200, EVENTS, "Keep-Alive-Interval", "30", "");
    assert_null(wohanswer_check(answer, true, 0));
    wohanswer_free(answer);
    answer = answer_of(200, EVENTS, NULL, NULL, "");
    assert_non_null(wohanswer_check(answer, true, 0));
    assert_null(wohanswer_check(answer, true, 20)); /* told before */
    wohanswer_free(answer);
}

static void what_no_frame_could_carry_is_refused_before_any_of_it_is_sent(void **state)
{
    (void)state;
    assert_non_null(check(false, 200, EVENTS, "TEXT 1\r\na\r\nTEXT zz\r\n"));
    assert_non_null(check(false, 200, EVENTS, "TEXT 1\r\n\xff\r\n"));
    assert_null(check(false, 200, EVENTS, "BINARY 1\r\n\xff\r\n"));
    assert_non_null(check(false, 200, EVENTS, "CLOSE 1\r\n\x03\r\n"));
    char ping[200];
    (void)snprintf(ping, sizeof(ping), "PING 7e\r\n%0126d\r\n", 0);
    assert_non_null(check(false, 200, EVENTS, ping));
}

static uint32_t interval(const char *value)
{
    uint32_t seconds = 77;
    struct wohanswer *answer = answer_of(200, EVENTS, "Keep-Alive-Interval", value, "");
    wohanswer_keep_alive(answer, &seconds);
    wohanswer_free(answer);
    return seconds;
}

static void polling_is_no_faster_than_every_20_seconds_and_can_be_turned_off(void **state)
{
    (void)state;
    assert_int_equal(interval("1"), 20);
    assert_int_equal(interval("21"), 21);
    assert_int_equal(interval("0"), 0);
    assert_int_equal(interval("-5"), 0);
    assert_int_equal(interval("soon"), 0);
    assert_int_equal(interval("99999999999999999999"), 0);
    uint32_t seconds = 77;
    struct wohanswer *silent = answer_of(200, EVENTS, NULL, NULL, "");
    wohanswer_keep_alive(silent, &seconds);
    wohanswer_free(silent);
    assert_int_equal(seconds, 77);
}

static void bytes_accepted_are_all_unless_told_and_never_guessed(void **state)
{
    (void)state;
    struct wohanswer *answer = answer_of(200, EVENTS, "Content-Bytes-Accepted", "12", "");
    assert_int_equal(wohanswer_accepted(answer), 12);
    wohanswer_free(answer);
    static const char *const bad[] = {"some", "-1", "99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        answer = answer_of(200, EVENTS, "Content-Bytes-Accepted", bad[i], "");
        assert_true(wohanswer_accepted(answer) == WOHQUEUE_ALL - 1);
        wohanswer_free(answer);
    }
    answer = answer_of(200, EVENTS, "X", "12", "");
    assert_true(wohanswer_accepted(answer) == WOHQUEUE_ALL);
    wohanswer_free(answer);
}

static void set_meta_headers_are_stored_under_the_rest_of_their_name(void **state)
{
    (void)state;
    struct meta meta = {0};
    struct header header;
    struct wohanswer *answer = answer_of(200, EVENTS, "set-meta-User", "alice", "");
    assert_true(wohanswer_set_meta(answer, &meta, &limits));
    wohanswer_free(answer);
    assert_int_equal(meta_count(&meta), 1);
    meta_headers(&meta, &header);
    assert_true(span_equal(header.name, SPAN("Meta-User")));
    assert_true(span_equal(header.value, SPAN("alice")));
    meta_done(&meta);
}

static void a_body_is_taken_up_to_the_limit_of_its_kind(void **state)
{
    (void)state;
    limits.events_bytes = 10;
    limits.refusal_bytes = 4;
    const struct answer head = {404, {NULL, 0}, NULL, 0, {NULL, 0}};
    struct wohanswer *answer = wohanswer_new(&head);
    assert_true(wohanswer_add(answer, SPAN("abc"), &limits));
    assert_false(wohanswer_add(answer, SPAN("def"), &limits));
    wohanswer_end(answer);
    assert_true(span_equal(answer->head.body, SPAN("abcd")));
    wohanswer_free(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_200_with_exactly_the_type_is_events),
        cmocka_unit_test(the_answer_to_open_begins_with_open),
        cmocka_unit_test(an_empty_answer_to_open_needs_polling),
        cmocka_unit_test(what_no_frame_could_carry_is_refused_before_any_of_it_is_sent),
        cmocka_unit_test(polling_is_no_faster_than_every_20_seconds_and_can_be_turned_off),
        cmocka_unit_test(bytes_accepted_are_all_unless_told_and_never_guessed),
        cmocka_unit_test(set_meta_headers_are_stored_under_the_rest_of_their_name),
        cmocka_unit_test(a_body_is_taken_up_to_the_limit_of_its_kind),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
