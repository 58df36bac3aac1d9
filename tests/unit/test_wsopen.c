/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "frontend/wsopen.h"

static const struct header headers[] = {
    {SPAN_INIT("Sec-WebSocket-Protocol"), SPAN_INIT("chat")},
    {SPAN_INIT("Set-Cookie"), SPAN_INIT("a=b")},
    {SPAN_INIT("Sec-WebSocket-Extensions"), SPAN_INIT("grip")},
    {SPAN_INIT("Keep-Alive-Interval"), SPAN_INIT("30")},
    {SPAN_INIT("Set-Meta-User"), SPAN_INIT("alice")},
    {SPAN_INIT("Grip-Expose-Headers"), SPAN_INIT("x")},
    {SPAN_INIT("Content-Bytes-Accepted"), SPAN_INIT("1")},
    {SPAN_INIT("Content-Type"), SPAN_INIT("application/websocket-events")},
    {SPAN_INIT("Content-Length"), SPAN_INIT("6")},
    {SPAN_INIT("Connection"), SPAN_INIT("close")},
    {SPAN_INIT("Date"), SPAN_INIT("then")},
};

/* Returns: the head as text, without its line of Date. */
static char *without_date(struct buf *out)
{
    char *text = buf_take(out);
    char *date = strstr(text, "Date: ");
    assert_non_null(date);
    char *end = strchr(date, '\n') + 1;
    memmove(date, end, strlen(end) + 1);
    return text;
}

static void a_101_shows_the_client_only_what_is_the_clients(void **state)
{
    (void)state;
    struct buf out = {0};
    const struct answer answer = {200, {NULL, 0}, headers, ARRAY_LEN(headers), SPAN("OPEN\r\n")};
    (void)wsopen_head(&out, &answer, SPAN("dGhlIHNhbXBsZSBub25jZQ=="));
    char *text = without_date(&out);
    assert_string_equal(text, "HTTP/1.1 101 Switching Protocols\r\n"
                              "Sec-WebSocket-Protocol: chat\r\n"
                              "Set-Cookie: a=b\r\n"
                              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n\r\n");
    free(text);
}

static void a_rejection_keeps_type_reason_and_body(void **state)
{
    (void)state;
    struct buf out = {0};
    static const struct header type[] = {{SPAN_INIT("Content-Type"), SPAN_INIT("text/html")}};
    const struct answer answer = {404, SPAN("Nope"), type, 1, SPAN("<p>no")};
    (void)wsopen_rejection(&out, &answer, false);
    char *text = without_date(&out);
    assert_string_equal(text, "HTTP/1.1 404 Nope\r\nContent-Type: text/html\r\n"
                              "Content-Length: 5\r\nConnection: close\r\n\r\n<p>no");
    free(text);
}

static void a_rejection_without_content_has_no_length(void **state)
{
    (void)state;
    struct buf out = {0};
    const struct answer answer = {204, {NULL, 0}, NULL, 0, SPAN("")};
    (void)wsopen_rejection(&out, &answer, true);
    char *text = without_date(&out);
    assert_string_equal(text, "HTTP/1.1 204 No Content\r\n\r\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_101_shows_the_client_only_what_is_the_clients),
        cmocka_unit_test(a_rejection_keeps_type_reason_and_body),
        cmocka_unit_test(a_rejection_without_content_has_no_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
