/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/buf.h"
#include "frontend/pollreply.h"
#include "tests/unit/answer_text.h"

/* An answer as a line: "200 OK|Name: value|...|body". */
static char written[1000];

static const char *write_down(const struct answer *answer)
{
    struct buf out = {0};
    buf_printf(&out, "%u %.*s|", answer->status, (int)answer->reason.len, answer->reason.at);
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct header *header = &answer->headers[i];
        buf_printf(&out, "%.*s: %.*s|", (int)header->name.len, header->name.at,
                   (int)header->value.len, header->value.at);
    }
    buf_append(&out, answer->body);
    assert_true(out.len < sizeof(written));
    memcpy(written, out.bytes, out.len);
    written[out.len] = '\0';
    buf_done(&out);
    return written;
}

static struct pollreply *reply_of(const char *text)
{
    struct answer_text all;
    return pollreply_new(answer_of(&all, span_of(text)));
}

static const char *timeout_of(const char *text)
{
    struct pollreply *reply = reply_of(text);
    struct arena arena = {0};
    struct answer answer;
    pollreply_timeout(reply, &answer, &arena);
    const char *line = write_down(&answer);
    arena_done(&arena);
    free(reply);
    return line;
}

static const char *merged(const char *text, const struct format *format)
{
    struct pollreply *reply = reply_of(text);
    struct arena arena = {0};
    struct answer answer;
    pollreply_merge(reply, format, 100, &answer, &arena);
    const char *line = write_down(&answer);
    arena_done(&arena);
    free(reply);
    return line;
}

static const char *with_headers(const char *text, const char *headers)
{
    struct answer_text all;
    const struct answer *given = answer_of(&all, span_of(headers));
    const struct format format = {.headers = given->headers, .header_count = given->header_count};
    return merged(text, &format);
}

static const char *patched(const char *text, const char *operations)
{
    const struct format format = {.patch = span_of(operations)};
    return merged(text, &format);
}

static void the_timeout_reply_is_the_origins_answer(void **state)
{
    (void)state;
    assert_string_equal(timeout_of("A: 1\nB: 2\nA: 3\n\nnothing"), "200 OK|A: 1|B: 2|A: 3|nothing");
    assert_string_equal(timeout_of(""), "200 OK|");
}

static void framing_hop_by_hop_and_grip_headers_are_nobodys_to_say(void **state)
{
    (void)state;
    assert_string_equal(
        timeout_of("Content-Length: 9\nA: 1\nConnection: x\nGrip-Hold: response\n\n"),
        "200 OK|A: 1|");
    assert_string_equal(with_headers("A: 1\n\n", "Transfer-Encoding: chunked\nGRIP-x: 1\nB: 2\n"),
                        "200 |A: 1|B: 2|");
}

static void replies_are_equal_byte_by_byte(void **state)
{
    (void)state;
    struct pollreply *replies[] = {reply_of("A: 1\n\nx"), reply_of("A: 1\n\ny"),
                                   reply_of("A: 2\n\nx"), reply_of("A1: \n\nx"),
                                   reply_of("A: 1\nB: 1\n\nx")};
    struct pollreply *same = reply_of("A: 1\n\nx");
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        assert_int_equal(pollreply_equal(replies[i], same), i == 0);
        assert_true(pollreply_equal(replies[i], replies[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(replies); i++)
        free(replies[i]);
    free(same);
}

static void a_publisher_says_status_reason_and_body(void **state)
{
    (void)state;
    const struct format format = {
        .code = 404, .reason = SPAN("Gone Fishing"), .content = SPAN("b")};
    assert_string_equal(merged("A: 1\n\nnothing", &format), "404 Gone Fishing|A: 1|b");
}

static void without_a_code_it_is_200_whatever_the_origin_said(void **state)
{
    (void)state;
    const struct answer answer = {.status = 202, .reason = SPAN("Later")};
    struct pollreply *reply = pollreply_new(&answer);
    const struct format format = {.content = SPAN("b")};
    struct arena arena = {0};
    struct answer out;
    pollreply_merge(reply, &format, 100, &out, &arena);
    assert_string_equal(write_down(&out), "200 |b");
    pollreply_timeout(reply, &out, &arena);
    assert_string_equal(write_down(&out), "202 Later|");
    arena_done(&arena);
    free(reply);
}

static void a_header_of_the_publisher_replaces_all_of_its_name(void **state)
{
    (void)state;
    assert_string_equal(with_headers("A: 1\nB: 2\na: 3\n\n", "a: 4\nA: 5\nC: 6\n"),
                        "200 |B: 2|a: 4|A: 5|C: 6|");
}

static void how_the_origins_body_was_encoded_tells_nothing_about_another(void **state)
{
    (void)state;
    assert_string_equal(timeout_of("Content-Encoding: gzip\n\nx"),
                        "200 OK|Content-Encoding: gzip|x");
    assert_string_equal(with_headers("Content-Encoding: gzip\n\nx", ""), "200 |");
    assert_string_equal(with_headers("Content-Encoding: gzip\n\nx", "Content-Encoding: br\n"),
                        "200 |Content-Encoding: br|");
}

static void a_patch_changes_the_origins_body(void **state)
{
    (void)state;
    assert_string_equal(patched("A: 1\n\n{}\n", "[{\"op\":\"add\",\"path\":\"/n\",\"value\":1}]"),
                        "200 |A: 1|{\"n\":1}\n");
}

static void a_patch_that_cannot_be_leaves_the_body_empty(void **state)
{
    (void)state;
    const char *add = "[{\"op\":\"add\",\"path\":\"/n\",\"value\":1}]";
    assert_string_equal(patched("A: 1\n\nplain", add), "200 |A: 1|");
    assert_string_equal(patched("A: 1\n\n{}", "[{\"op\":\"remove\",\"path\":\"/n\"}]"),
                        "200 |A: 1|");
}

static void a_patched_body_has_its_limit(void **state)
{
    (void)state;
    char operations[200];
    (void)snprintf(operations, sizeof(operations),
                   "[{\"op\":\"add\",\"path\":\"/n\",\"value\":\"%0100d\"}]", 0);
    assert_string_equal(patched("\n{}", operations), "200 |");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timeout_reply_is_the_origins_answer),
        cmocka_unit_test(framing_hop_by_hop_and_grip_headers_are_nobodys_to_say),
        cmocka_unit_test(replies_are_equal_byte_by_byte),
        cmocka_unit_test(a_publisher_says_status_reason_and_body),
        cmocka_unit_test(without_a_code_it_is_200_whatever_the_origin_said),
        cmocka_unit_test(a_header_of_the_publisher_replaces_all_of_its_name),
        cmocka_unit_test(how_the_origins_body_was_encoded_tells_nothing_about_another),
        cmocka_unit_test(a_patch_changes_the_origins_body),
        cmocka_unit_test(a_patch_that_cannot_be_leaves_the_body_empty),
        cmocka_unit_test(a_patched_body_has_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
