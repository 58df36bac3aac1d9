/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes over the wire, and what is made of what comes back.
 */
#include "tests/unit/origin_world.h"

static void a_get_is_sent_with_the_given_headers_and_no_others(void **state)
{
    struct world *world = *state;
    const struct header headers[] = {
        {SPAN("Host"), SPAN("example.com:81")},
        {SPAN("User-Agent"), SPAN("t/1")},
        {SPAN("Accept"), SPAN("text/html")},
        {SPAN("X-Empty"), SPAN("")},
        {SPAN("X-High"), SPAN("caf\xc3\xa9; a,b")},
        {SPAN("Content-Type"), SPAN("a/b")},
        {SPAN("Content-Length"), SPAN("77")},
        {SPAN("Authorization"), SPAN("Bearer x")},
        {SPAN("Cookie"), SPAN("a=1")},
        {SPAN("Cookie"), SPAN("b=2")},
    };
    struct ask ask = ask_for(world, SPAN("GET"), SPAN("/a/../b/./c?q=%20#f\xc3\xa9|"));
    ask.headers = headers;
    ask.header_count = ARRAY_LEN(headers);
    struct seen seen = {0};
    start(world, &ask, &seen);
    assert_string_equal(hear(world, accept_peer(world)),
                        "GET /a/../b/./c?q=%20#f\xc3\xa9| HTTP/1.1\r\n"
                        "Host: example.com:81\r\n"
                        "User-Agent: t/1\r\n"
                        "Accept: text/html\r\n"
                        "X-Empty:\r\n"
                        "X-High: caf\xc3\xa9; a,b\r\n"
                        "Content-Type: a/b\r\n"
                        "Authorization: Bearer x\r\n"
                        "Cookie: a=1\r\n"
                        "Cookie: b=2\r\n"
                        "\r\n");
    assert_int_equal(stats_read(&world->stats, STAT_origin_requests), 1);
}

/* Sends one request and compares what the origin hears; the connection is used again and again. */
static void assert_sent(struct world *world, int *peer, struct span method, struct span body,
                        const char *expected)
{
    struct seen seen = {0};
    struct ask ask = ask_for(world, method, SPAN("/x"));
    ask.body = body;
    start(world, &ask, &seen);
    if (*peer < 0)
        *peer = accept_peer(world);
    assert_string_equal(hear(world, *peer), expected);
    bool is_head = span_equal(method, SPAN("HEAD"));
    say(world, *peer, is_head ? ANSWER("4", "") : ANSWER("4", "body"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    assert_int_equal(seen.status, 200);
    assert_string_equal(body_of(&seen), is_head ? "" : "body");
    seen_done(&seen);
}

#define HOST " /x HTTP/1.1\r\nHost: example.com\r\n"

static void each_method_goes_out_with_and_without_a_body_on_one_connection(void **state)
{
    struct world *world = *state;
    int peer = -1;
    static const char none[] = "";
    struct span empty = span(none, 0);
    assert_sent(world, &peer, SPAN("GET"), empty, "GET" HOST "\r\n");
    assert_sent(world, &peer, SPAN("POST"), SPAN("abc"),
                "POST" HOST "Content-Length: 3\r\n\r\nabc");
    assert_sent(world, &peer, SPAN("HEAD"), empty, "HEAD" HOST "\r\n");
    assert_sent(world, &peer, SPAN("POST"), empty, "POST" HOST "Content-Length: 0\r\n\r\n");
    assert_sent(world, &peer, SPAN("PUT"), SPAN("abcd"),
                "PUT" HOST "Content-Length: 4\r\n\r\nabcd");
    assert_sent(world, &peer, SPAN("PUT"), empty, "PUT" HOST "Content-Length: 0\r\n\r\n");
    assert_sent(world, &peer, SPAN("PATCH"), empty, "PATCH" HOST "Content-Length: 0\r\n\r\n");
    assert_sent(world, &peer, SPAN("GET"), SPAN("abc"), "GET" HOST "Content-Length: 3\r\n\r\nabc");
    assert_sent(world, &peer, SPAN("DELETE"), empty, "DELETE" HOST "\r\n");
    assert_sent(world, &peer, SPAN("DELETE"), SPAN("a"),
                "DELETE" HOST "Content-Length: 1\r\n\r\na");
    assert_sent(world, &peer, SPAN("OPTIONS"), empty, "OPTIONS" HOST "\r\n");
    assert_sent(world, &peer, SPAN("PROPFIND"), empty, "PROPFIND" HOST "\r\n");
    assert_sent(world, &peer, SPAN("HEAD"), SPAN("abc"), "HEAD" HOST "\r\n");
    assert_sent(world, &peer, SPAN("GET"), empty, "GET" HOST "\r\n");
}

static void a_large_body_goes_out_whole(void **state)
{
    struct world *world = *state;
    enum { LARGE = 5 << 20 };
    char *body = malloc(LARGE + 1);
    assert_non_null(body);
    for (size_t i = 0; i < LARGE; i++)
        body[i] = (char)('a' + i % 23);
    body[LARGE] = '\0';
    struct seen seen = {0};
    post(world, body, &seen);
    int peer = accept_peer(world);
    const char *heard = hear(world, peer);
    assert_null(strcasestr(heard, "Expect"));
    assert_memory_equal(strstr(heard, "\r\n\r\n") + 4, body, LARGE);
    say(world, peer, ANSWER("0", ""));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    free(body);
    seen_done(&seen);
}

static void what_would_split_a_request_is_refused_before_it_is_sent(void **state)
{
    struct world *world = *state;
    const struct header bad[] = {
        {SPAN("X"), SPAN("a\r\nY: b")}, {SPAN("X"), SPAN("a\nb")}, {SPAN("X"), SPAN("a\0b")},
        {SPAN("X Y"), SPAN("a")},       {SPAN("X:"), SPAN("a")},   {SPAN(""), SPAN("a")},
        {SPAN("X\r\nY"), SPAN("a")},
    };
    const struct span paths[] = {SPAN("/a b"), SPAN("/a\r\nX: y"), SPAN("/\0"), SPAN("*"),
                                 SPAN("")};
    const struct span methods[] = {SPAN("G T"), SPAN("GET\r\n"), SPAN(""), SPAN("CONNECT")};
    for (size_t i = 0; i < ARRAY_LEN(bad) + ARRAY_LEN(paths) + ARRAY_LEN(methods); i++) {
        struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
        if (i < ARRAY_LEN(bad))
            ask.headers = &bad[i];
        else if (i < ARRAY_LEN(bad) + ARRAY_LEN(paths))
            ask.path = paths[i - ARRAY_LEN(bad)];
        else
            ask.method = methods[i - ARRAY_LEN(bad) - ARRAY_LEN(paths)];
        struct seen seen = {0};
        start(world, &ask, &seen);
        run_until(world, &seen.ends);
        assert_int_equal(seen.reason, REASON_BAD_REQUEST);
    }
    assert_true(nobody_connects(world));
}

static void the_answers_head_arrives_as_sent(void **state)
{
    struct world *world = *state;
    struct seen seen = {0};
    get(world, "/", &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer,
        "HTTP/1.1 103 Early\r\nGrip-Hold: stream\r\n\r\n"
        "HTTP/1.1 404 Gone Fishing\r\nX-B: 1\r\nx-a: \xff\r\nX-B: 2\r\nX-E:\r\n"
        "Content-Length: 2\r\n\r\nhi");
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    assert_int_equal(seen.status, 404);
    assert_string_equal(seen.reason_phrase, "Gone Fishing");
    assert_string_equal(seen.headers, "X-B: 1\nx-a: \xff\nX-B: 2\nX-E: \nContent-Length: 2\n");
    assert_string_equal(body_of(&seen), "hi");
    seen_done(&seen);
}

static void redirects_and_refusals_are_answers_like_others(void **state)
{
    struct world *world = *state;
    static const char *const answers[] = {
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 417 No\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
    };
    int peer = -1;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct seen seen = {0};
        post(world, "abc", &seen);
        if (peer < 0)
            peer = accept_peer(world);
        (void)hear(world, peer);
        say(world, peer, answers[i]);
        run_until(world, &seen.ends);
        assert_int_equal(seen.reason, REASON_NONE);
        assert_string_equal(body_of(&seen), "x");
        seen_done(&seen);
    }
}

/* Says `answer`, hangs up where asked, and returns what came of it; seen->body is given back. */
static void answer_with(struct world *world, const char *answer, size_t len, bool hangs_up,
                        struct seen *seen)
{
    *seen = (struct seen){0};
    get(world, "/", seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say_bytes(world, peer, answer, len);
    if (hangs_up)
        hang_up(world, peer);
    run_until(world, &seen->ends);
    if (!hangs_up)
        hang_up(world, peer); /* so that each case has a connection of its own */
}

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define END "\r\n\r\n0123456789"

static void bodies_are_taken_out_of_their_framing(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *answer, *body;
    } cases[] = {
        {OK "Content-Length: 3\r\n\r\nabc", "abc"},
        {CHUNKED "3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nGrip-Hold: stream\r\n\r\n", "abcde"},
        {OK "\r\nuntil the end", "until the end"},
        {"HTTP/1.0 200 OK\r\n\r\nold", "old"},
        {OK "Content-Length: 0\r\n\r\n", ""},
        {"HTTP/1.1 204 No\r\n\r\n", ""},
        {"HTTP/1.1 304 No\r\nContent-Length: 7\r\n\r\n", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct seen seen;
        answer_with(world, cases[i].answer, strlen(cases[i].answer), true, &seen);
        assert_int_equal(seen.reason, REASON_NONE);
        assert_string_equal(body_of(&seen), cases[i].body);
        assert_null(strstr(seen.headers, "Grip"));
        seen_done(&seen);
    }
}

static void nonsense_is_refused_before_anything_of_it_is_passed_on(void **state)
{
    struct world *world = *state;
    static const char *const bad[] = {
        OK "Content-Length: -2" END,
        OK "Content-Length: abc" END,
        OK "Content-Length: 99999999999999999999" END,
        OK "Content-Length: 3x" END,
        OK "Content-Length: +3" END,
        OK "Content-Length: 3\r\nContent-Length: 3" END,
        OK "Content-Length: 3\r\nContent-Length: 4" END,
        OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK "Transfer-Encoding: gzip, chunked" END,
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK "Content-Length : 3" END,
        OK "X: a\rb" END,
        OK "X: a\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
        OK "X: a\r\n b" END,
        OK "no colon" END,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket" END,
        "HTTP/1.1 999 OK" END,
        "HTTP/1.1 99999 OK" END,
        "HTTP/1.1 000 OK" END,
        "HTTP/3.7 200 OK" END,
        "HTTP/2 200 OK" END,
        "ICY 200 OK" END,
        "<html>hello</html>\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct seen seen;
        answer_with(world, bad[i], strlen(bad[i]), false, &seen);
        if (seen.reason != REASON_ORIGIN_NONSENSE || seen.heads)
            fail_msg("%s (%s) for: %s", reason_name(seen.reason), seen.detail, bad[i]);
        assert_true(seen.detail[0] != '\0');
        seen_done(&seen);
    }
    static const char nul[] = OK "X: a\0b" END;
    struct seen seen;
    answer_with(world, nul, sizeof(nul) - 1, false, &seen);
    assert_int_equal(seen.reason, REASON_ORIGIN_NONSENSE);
}

static void endless_heads_are_cut_short(void **state)
{
    struct world *world = *state;
    struct buf flood = {0};
    for (int i = 0; i < 9; i++)
        buf_append(&flood, SPAN("HTTP/1.1 100 Continue\r\n\r\n"));
    struct seen seen;
    answer_with(world, flood.bytes, flood.len, false, &seen);
    assert_int_equal(seen.reason, REASON_ORIGIN_NONSENSE);

    buf_clear(&flood);
    buf_append(&flood, SPAN(OK));
    for (int i = 0; i < 200; i++)
        buf_append(&flood, SPAN("X: y\r\n"));
    answer_with(world, flood.bytes, flood.len, false, &seen);
    assert_int_equal(seen.reason, REASON_ORIGIN_NONSENSE);

    buf_clear(&flood);
    buf_append(&flood, SPAN(OK "X: "));
    memset(buf_reserve(&flood, 200000), 'x', 200000);
    flood.len += 200000;
    answer_with(world, flood.bytes, flood.len, false, &seen);
    assert_int_equal(seen.reason, REASON_ORIGIN_NONSENSE);

    buf_clear(&flood);
    buf_append(&flood, SPAN(CHUNKED "1\r\na\r\n0\r\n"));
    for (int i = 0; i < 200; i++)
        buf_append(&flood, SPAN("X: y\r\n"));
    answer_with(world, flood.bytes, flood.len, false, &seen);
    assert_int_equal(seen.reason, REASON_ORIGIN_NONSENSE);
    assert_int_equal(seen.heads, 1);
    seen_done(&seen);
    buf_done(&flood);
}

static void an_answer_that_ends_too_early_is_cut_and_never_whole(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *answer;
        unsigned heads;
    } cases[] = {
        {"", 0},
        {"HTTP/1.1 2", 0},
        {OK "X: y\r\n", 0},
        {"HTTP/1.1 100 Continue\r\n\r\n", 0},
        {OK "Content-Length: 4\r\n\r\nabc", 1},
        {OK "Content-Length: 4\r\n\r\n", 1},
        {CHUNKED, 1},
        {CHUNKED "3\r\nab", 1},
        {CHUNKED "3\r\nabc\r\n", 1},
        {CHUNKED "3\r\nabc\r\n0\r\n", 1},
        {CHUNKED "zz\r\nabc\r\n", 1},
        {CHUNKED "3\r\nabcdef\r\n0\r\n\r\n", 1},
        {CHUNKED "fffffffffffffffff\r\nabc\r\n", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct seen seen;
        answer_with(world, cases[i].answer, strlen(cases[i].answer), true, &seen);
        if (seen.reason != REASON_ORIGIN_CUT || seen.heads != cases[i].heads)
            fail_msg("%s (%s), %u heads for: %s", reason_name(seen.reason), seen.detail, seen.heads,
                     cases[i].answer);
        seen_done(&seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_get_is_sent_with_the_given_headers_and_no_others),
        WORLD_TEST(each_method_goes_out_with_and_without_a_body_on_one_connection),
        WORLD_TEST(a_large_body_goes_out_whole),
        WORLD_TEST(what_would_split_a_request_is_refused_before_it_is_sent),
        WORLD_TEST(the_answers_head_arrives_as_sent),
        WORLD_TEST(redirects_and_refusals_are_answers_like_others),
        WORLD_TEST(bodies_are_taken_out_of_their_framing),
        WORLD_TEST(nonsense_is_refused_before_anything_of_it_is_passed_on),
        WORLD_TEST(endless_heads_are_cut_short),
        WORLD_TEST(an_answer_that_ends_too_early_is_cut_and_never_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
