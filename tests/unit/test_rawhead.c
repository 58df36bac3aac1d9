/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/rawhead.h"

static struct rawhead head;

static enum reason check(const char *text)
{
    struct limits limits;
    limits_init(&limits);
    limits.request_head_bytes = 2000;
    limits.request_headers = 10;
    limits.request_target_bytes = 100;
    const char *why;
    enum reason reason = rawhead_check(&head, span_of(text), &limits, &why);
    assert_true((reason == REASON_NONE) == (why == NULL));
    return reason;
}

static void an_ordinary_request_passes_and_tells_its_length(void **state)
{
    (void)state;
    const char *text =
        "POST /x?y HTTP/1.1\r\nhost: example.com:80\r\nContent-Length: 3\r\n\r\nabcGET";
    assert_int_equal(check(text), REASON_NONE);
    assert_int_equal(head.head_len, strlen(text) - 6);
    assert_int_equal(head.body_len, 3);
    assert_int_equal(head.text_len, strlen("POST/x?yhostexample.com:80Content-Length3"));
    assert_false(head.is_chunked);
}

static void an_empty_line_before_the_request_is_tolerated(void **state)
{
    (void)state;
    assert_int_equal(check("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), REASON_NONE);
}

static void http10_needs_no_host(void **state)
{
    (void)state;
    assert_int_equal(check("GET / HTTP/1.0\r\n\r\n"), REASON_NONE);
}

static void whatever_two_parsers_may_read_differently_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\ntransfer-encoding: x\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "get / HTTP/1.1\r\nHost: a\r\n\r\n",
        "1 / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r",
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (check(bad[i]) != REASON_BAD_REQUEST)
            fail_msg("accepted: %s", bad[i]);
}

static void hosts_of_browsers_and_literals_pass(void **state)
{
    (void)state;
    assert_true(host_is_valid(SPAN("tab1.localhost:7999")));
    assert_true(host_is_valid(SPAN("[::1]:7999")));
    assert_true(host_is_valid(SPAN("[::1]")));
    assert_true(host_is_valid(SPAN("127.0.0.1")));
    assert_false(host_is_valid(SPAN("[::1]x")));
    assert_false(host_is_valid(SPAN("a:123456")));
}

static void each_limit_of_the_head_has_its_own_refusal(void **state)
{
    (void)state;
    char text[5000];
    (void)snprintf(text, sizeof(text), "GET /%0101d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_int_equal(check(text), REASON_TARGET_TOO_LONG);
    (void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nX: %02000d\r\n\r\n", 0);
    assert_int_equal(check(text), REASON_HEAD_TOO_LARGE);
    assert_int_equal(check("GET / HTTP/1.1\r\nHost: a\r\na:1\r\na:1\r\na:1\r\na:1\r\na:1\r\na:1\r\n"
                           "a:1\r\na:1\r\na:1\r\na:1\r\n\r\n"),
                     REASON_HEAD_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_request_passes_and_tells_its_length),
        cmocka_unit_test(an_empty_line_before_the_request_is_tolerated),
        cmocka_unit_test(http10_needs_no_host),
        cmocka_unit_test(whatever_two_parsers_may_read_differently_is_refused),
        cmocka_unit_test(hosts_of_browsers_and_literals_pass),
        cmocka_unit_test(each_limit_of_the_head_has_its_own_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
