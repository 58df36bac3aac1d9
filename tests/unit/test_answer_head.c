/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/answer_head.h"

static struct limits limits;

static int fresh_head(void **state)
{
    static struct answer_head head;
    limits_init(&limits);
    answer_head_init(&head, &limits);
    *state = &head;
    return 0;
}

static int done_head(void **state)
{
    answer_head_done(*state);
    return 0;
}

/* Feeds `text` line by line, as libcurl does, until a line is not simply accepted. */
static enum answer_head_result feed(struct answer_head *head, const char *text)
{
    struct span rest = span_of(text);
    while (rest.len) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) + 1 : rest.len;
        enum answer_head_result result = answer_head_line(head, span(rest.at, len));
        if (result != ANSWER_HEAD_MORE)
            return result;
        rest = span_skip(rest, len);
    }
    return ANSWER_HEAD_MORE;
}

#define assert_span(actual, expected)                                                              \
    do {                                                                                           \
        struct span actual_ = (actual);                                                            \
        assert_int_equal(actual_.len, strlen(expected));                                           \
        assert_memory_equal(actual_.at, expected, actual_.len);                                    \
    } while (0)

static void a_plain_head_becomes_an_answer(void **state)
{
    struct answer_head *head = *state;
    assert_int_equal(feed(head, "HTTP/1.1 404 Not  Found\r\n"
                                "Content-Type: text/plain\r\n"
                                "X-Empty:\r\n"
                                "x-spaced: \t a b \t\r\n"
                                "X-High: caf\xc3\xa9\r\n"
                                "\r\n"),
                     ANSWER_HEAD_WHOLE);
    struct answer answer;
    answer_head_answer(head, &answer);
    assert_int_equal(answer.status, 404);
    assert_span(answer.reason, "Not  Found");
    assert_int_equal(answer.header_count, 4);
    assert_span(answer.headers[0].name, "Content-Type");
    assert_span(answer.headers[0].value, "text/plain");
    assert_span(answer.headers[1].value, "");
    assert_span(answer.headers[2].name, "x-spaced");
    assert_span(answer.headers[2].value, "a b");
    assert_span(answer.headers[3].value, "caf\xc3\xa9");
}

static void a_head_without_reason_or_headers_is_an_answer(void **state)
{
    struct answer_head *head = *state;
    assert_int_equal(feed(head, "HTTP/1.0 200\r\n\r\n"), ANSWER_HEAD_WHOLE);
    struct answer answer;
    answer_head_answer(head, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.reason.len, 0);
    assert_int_equal(answer.header_count, 0);
}

static void an_interim_head_is_forgotten_with_its_headers(void **state)
{
    struct answer_head *head = *state;
    assert_int_equal(feed(head, "HTTP/1.1 103 Early Hints\r\n"
                                "Grip-Hold: stream\r\n"
                                "Content-Length: 3\r\n"
                                "\r\n"
                                "HTTP/1.1 200 OK\r\n"
                                "Content-Length: 5\r\n"
                                "\r\n"),
                     ANSWER_HEAD_WHOLE);
    struct answer answer;
    answer_head_answer(head, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.header_count, 1);
    assert_null(answer_header(&answer, SPAN("Grip-Hold")).at);
}

static void trailers_are_ignored_whatever_they_say(void **state)
{
    struct answer_head *head = *state;
    assert_int_equal(feed(head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                     ANSWER_HEAD_WHOLE);
    assert_int_equal(feed(head, "Grip-Hold: stream\r\nContent-Length: 7\r\nHTTP/1.1 200\n\r\n"),
                     ANSWER_HEAD_MORE);
    struct answer answer;
    answer_head_answer(head, &answer);
    assert_int_equal(answer.header_count, 1);
}

static void a_cleared_head_remembers_nothing(void **state)
{
    struct answer_head *head = *state;
    assert_int_equal(feed(head, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"), ANSWER_HEAD_WHOLE);
    answer_head_clear(head);
    assert_int_equal(feed(head, "nonsense\r\n"), ANSWER_HEAD_BAD);
    answer_head_clear(head);
    assert_int_equal(feed(head, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"), ANSWER_HEAD_WHOLE);
}

#define OK "HTTP/1.1 200 OK\r\n"

static const char *const bad[] = {
    OK "Content-Length: -2\r\n",
    OK "Content-Length: abc\r\n",
    OK "Content-Length: 3x\r\n",
    OK "Content-Length: +3\r\n",
    OK "Content-Length:\r\n",
    OK "Content-Length: 3, 3\r\n",
    OK "Content-Length: 99999999999999999999\r\n",
    OK "Content-Length: 1000000000000000000\r\n",
    OK "Content-Length: 3\r\nContent-Length: 3\r\n",
    OK "Content-Length: 3\r\ncontent-length: 4\r\n",
    OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    OK "transfer-encoding: chunked\r\nContent-Length: 3\r\n",
    OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    OK "Transfer-Encoding: gzip, chunked\r\n",
    OK "Transfer-Encoding: identity\r\n",
    OK "Transfer-Encoding: xchunked\r\n",
    OK "Transfer-Encoding:\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
    OK "Content-Length : 3\r\n",
    OK "X-Value: a\rb\r\n",
    OK "X-Value: a\x01\r\n",
    OK "X-Value: a\x7f\r\n",
    OK "X-Value: a\n",
    OK "X-Value: a\r\n folded\r\n",
    OK "X-Value: a\r\n\tfolded\r\n",
    OK " X-Value: a\r\n",
    OK "X-Value\r\n",
    OK ": a\r\n",
    OK "X Value: a\r\n",
    OK "X\x80: a\r\n",
    OK "\n",
    OK "\r\r\n",
    "HTTP/1.1 200 OK\n",
    "HTTP/1.1 200 O\x01K\r\n",
    "HTTP/1.1 200 O\rK\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 99999 OK\r\n",
    "HTTP/1.1 000 OK\r\n",
    "HTTP/1.1 099 OK\r\n",
    "HTTP/1.1 600 OK\r\n",
    "HTTP/1.1 999 OK\r\n",
    "HTTP/1.1 2x0 OK\r\n",
    "HTTP/1.1 -20 OK\r\n",
    "HTTP/1.1 20\r\n",
    "HTTP/1.1  200 OK\r\n",
    "HTTP/1.1\t200 OK\r\n",
    "HTTP/1.1 200\tOK\r\n",
    "HTTP/1.2 200 OK\r\n",
    "HTTP/3.7 200 OK\r\n",
    "HTTP/2 200\r\n",
    "http/1.1 200 OK\r\n",
    "ICY 200 OK\r\n",
    "<html>\r\n",
    "\r\n",
};

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        answer_head_clear(*state);
        if (feed(*state, bad[i]) != ANSWER_HEAD_BAD)
            fail_msg("accepted: %s", bad[i]);
        assert_non_null(((struct answer_head *)*state)->fault);
    }
}

static void a_nul_in_a_header_is_refused(void **state)
{
    struct answer_head *head = *state;
    static const char line[] = "X-Value: a\0b\r\n";
    assert_int_equal(feed(head, OK), ANSWER_HEAD_MORE);
    assert_int_equal(answer_head_line(head, span(line, sizeof(line) - 1)), ANSWER_HEAD_BAD);
}

static void once_refused_always_refused(void **state)
{
    struct answer_head *head = *state;
    assert_int_equal(feed(head, "ICY 200 OK\r\n"), ANSWER_HEAD_BAD);
    assert_int_equal(feed(head, "HTTP/1.1 200 OK\r\n\r\n"), ANSWER_HEAD_BAD);
}

static void a_ninth_interim_head_is_one_too_many(void **state)
{
    struct answer_head *head = *state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(feed(head, "HTTP/1.1 100 Continue\r\n\r\n"), ANSWER_HEAD_MORE);
    assert_int_equal(feed(head, "HTTP/1.1 100 Continue\r\n\r\n"), ANSWER_HEAD_BAD);
}

static void header_lines_are_counted_in_heads_and_trailers(void **state)
{
    struct answer_head *head = *state;
    limits.answer_headers = 3;
    assert_int_equal(feed(head, OK "A: 1\r\nB: 2\r\nC: 3\r\n\r\n"), ANSWER_HEAD_WHOLE);
    answer_head_clear(head);
    assert_int_equal(feed(head, OK "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n"), ANSWER_HEAD_BAD);
    answer_head_clear(head);
    assert_int_equal(feed(head, OK "\r\n"), ANSWER_HEAD_WHOLE);
    assert_int_equal(feed(head, "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\n"),
                     ANSWER_HEAD_BAD);
}

static void the_bytes_of_a_head_are_counted(void **state)
{
    struct answer_head *head = *state;
    limits.answer_head_bytes = strlen(OK "A: 12345678\r\n\r\n");
    assert_int_equal(feed(head, OK "A: 12345678\r\n\r\n"), ANSWER_HEAD_WHOLE);
    answer_head_clear(head);
    assert_int_equal(feed(head, OK "A: 123456789\r\n\r\n"), ANSWER_HEAD_BAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_head, done_head)

static void a_101_is_final_where_it_was_asked_for(void **state)
{
    struct answer_head *head = *state;
    head->may_switch = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(feed(head, "HTTP/1.1 100 Continue\r\n\r\n"
                                    "HTTP/1.1 101 Switching Protocols\r\n"
                                    "Upgrade: websocket\r\n"
                                    "\r\n"),
                         ANSWER_HEAD_WHOLE);
        struct answer answer;
        answer_head_answer(head, &answer);
        assert_int_equal(answer.status, 101);
        assert_int_equal(answer.header_count, 1);
        answer_head_clear(head);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plain_head_becomes_an_answer),
        TEST(a_head_without_reason_or_headers_is_an_answer),
        TEST(an_interim_head_is_forgotten_with_its_headers),
        TEST(trailers_are_ignored_whatever_they_say),
        TEST(a_cleared_head_remembers_nothing),
        TEST(what_can_be_read_in_two_ways_is_refused),
        TEST(a_nul_in_a_header_is_refused),
        TEST(once_refused_always_refused),
        TEST(a_ninth_interim_head_is_one_too_many),
        TEST(header_lines_are_counted_in_heads_and_trailers),
        TEST(the_bytes_of_a_head_are_counted),
        TEST(a_101_is_final_where_it_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
