/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/buf.h"
#include "frontend/answer_body.h"

static const struct header chunked = {SPAN_INIT("transfer-encoding"), SPAN_INIT("chunked")};

/* Reads `text` as the body of an answer with `header` (or NULL) in pieces of `step` bytes, until
 * the body has no need of more. */
static enum answer_body_result read_in(struct answer_body *body, unsigned status,
                                       const struct header *header, struct span text, size_t step,
                                       struct buf *out)
{
    struct answer answer = {.status = status, .headers = header, .header_count = header ? 1 : 0};
    answer_body_init(body, &answer);
    struct span rest = span(text.at, 0), piece;
    enum answer_body_result result = answer_body_read(body, &rest, &piece);
    while (result == ANSWER_BODY_MORE && text.len) {
        rest = span(text.at, text.len < step ? text.len : step);
        text = span_skip(text, rest.len);
        while (result == ANSWER_BODY_MORE && rest.len) {
            result = answer_body_read(body, &rest, &piece);
            buf_append(out, piece);
        }
    }
    return result;
}

/* Wants `expected` of `text`, whatever the pieces. */
static void assert_body(unsigned status, const struct header *header, const char *text,
                        enum answer_body_result expected, const char *content)
{
    for (size_t step = 1; step < 40; step += 3) {
        struct answer_body body;
        struct buf out = {0};
        assert_int_equal(read_in(&body, status, header, span_of(text), step, &out), expected);
        *buf_reserve(&out, 1) = '\0';
        assert_string_equal(out.bytes, content);
        buf_done(&out);
    }
}

static void a_length_ends_the_body(void **state)
{
    (void)state;
    const struct header five = {SPAN_INIT("Content-Length"), SPAN_INIT("5")};
    const struct header zero = {SPAN_INIT("Content-Length"), SPAN_INIT("0")};
    assert_body(200, &five, "hello, world", ANSWER_BODY_WHOLE, "hello");
    assert_body(200, &five, "hell", ANSWER_BODY_MORE, "hell");
    assert_body(200, &zero, "x", ANSWER_BODY_WHOLE, "");
}

static void chunks_are_put_together(void **state)
{
    (void)state;
    assert_body(200, &chunked, "5\r\nhello\r\n00c;ext=\"1\"\r\n, WHOLE body\r\n0\r\n\r\n",
                ANSWER_BODY_WHOLE, "hello, WHOLE body");
    assert_body(200, &chunked, "A \r\n0123456789\r\n000\r\n", ANSWER_BODY_WHOLE, "0123456789");
    assert_body(200, &chunked, "5\r\nhello\r\n", ANSWER_BODY_MORE, "hello");
}

static void without_framing_it_lasts_to_the_end(void **state)
{
    (void)state;
    assert_body(200, NULL, "0\r\n\r\n", ANSWER_BODY_MORE, "0\r\n\r\n");
    struct answer_body body;
    struct answer plain = {.status = 200};
    answer_body_init(&body, &plain);
    assert_true(answer_body_may_end(&body));
    struct answer framed = {.status = 200, .headers = &chunked, .header_count = 1};
    answer_body_init(&body, &framed);
    assert_false(answer_body_may_end(&body));
}

static void some_answers_have_no_body(void **state)
{
    (void)state;
    const struct header five = {SPAN_INIT("Content-Length"), SPAN_INIT("5")};
    assert_body(204, &five, "hello", ANSWER_BODY_WHOLE, "");
    assert_body(304, &chunked, "hello", ANSWER_BODY_WHOLE, "");
    assert_body(101, NULL, "hello", ANSWER_BODY_WHOLE, "");
}

static void what_is_not_a_chunk_is_told(void **state)
{
    (void)state;
    const struct {
        const char *text, *fault;
    } cases[] = {
        {"\r\n", "the size of a chunk of the answer is not hexadecimal"},
        {"g\r\n", "the size of a chunk of the answer is not hexadecimal"},
        {"-5\r\n", "the size of a chunk of the answer is not hexadecimal"},
        {"0x5\r\n", "the size of a chunk of the answer is not hexadecimal"},
        {"5\n", "the size of a chunk of the answer is not hexadecimal"},
        {"5;a\n", "a chunk of the answer does not begin behind CR LF"},
        {"5\rhello", "a chunk of the answer does not end where it should"},
        {"5\r\nhello!\r\n", "a chunk of the answer does not end where it should"},
        {"5\r\nhello\n", "a chunk of the answer does not end where it should"},
        {"1000000000000000\r\n", "a chunk of the answer is too large"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct answer_body body;
        struct buf out = {0};
        assert_int_equal(read_in(&body, 200, &chunked, span_of(cases[i].text), 99, &out),
                         ANSWER_BODY_BAD);
        assert_string_equal(body.fault, cases[i].fault);
        buf_done(&out);
    }
}

static void a_chunks_line_is_bounded(void **state)
{
    (void)state;
    char line[400];
    memset(line, 'x', sizeof(line));
    line[0] = '1';
    line[1] = ';';
    struct answer_body body;
    struct buf out = {0};
    assert_int_equal(read_in(&body, 200, &chunked, span(line, sizeof(line)), 7, &out),
                     ANSWER_BODY_BAD);
    assert_string_equal(body.fault, "the line before a chunk of the answer is too long");
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_ends_the_body),
        cmocka_unit_test(chunks_are_put_together),
        cmocka_unit_test(without_framing_it_lasts_to_the_end),
        cmocka_unit_test(some_answers_have_no_body),
        cmocka_unit_test(what_is_not_a_chunk_is_told),
        cmocka_unit_test(a_chunks_line_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
