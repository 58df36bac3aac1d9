/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake of a WebSocket to an origin: what is asked, what is believed,
 * what moves on to the next target, and what takes too long.
 */
#include "tests/unit/pipe_world.h"

#include "common/mem.h"

#define WHOLE_REFUSAL "HTTP/1.1 403 Forbidden\r\nX-Why: tired\r\n"

/* What is asked for when the ask has `headers`, of `target`; until the next call. */
static const char *asked(struct world *world, const struct target *target,
                         const struct header *headers, size_t count)
{
    struct owner owner = {0};
    struct ask ask = ask_upgrade(world);
    ask.targets = target;
    ask.headers = headers;
    ask.header_count = count;
    open_pipe_by(world, &ask, &owner);
    const char *request = hear(world, accept_peer(world));
    origin_pipe_close(owner.pipe);
    owner_done(&owner);
    return request;
}

static void the_handshake_is_written_anew(void **state)
{
    struct world *world = *state;
    const struct header headers[] = {
        {SPAN_INIT("Cookie"), SPAN_INIT("a=b")},
        {SPAN_INIT("host"), SPAN_INIT("example.com")},
        {SPAN_INIT("upgrade"), SPAN_INIT("websocket, h2c")},
        {SPAN_INIT("Connection"), SPAN_INIT("Upgrade, close")},
        {SPAN_INIT("sec-websocket-key"), SPAN_INIT("AAAAAAAAAAAAAAAAAAAAAA==")},
        {SPAN_INIT("Sec-WebSocket-Version"), SPAN_INIT("8")},
        {SPAN_INIT("Sec-WebSocket-Extensions"), SPAN_INIT("grip")},
        {SPAN_INIT("Content-Length"), SPAN_INIT("7")},
        {SPAN_INIT("X-Empty"), SPAN_INIT("")},
    };
    char *first = mem_copy("", 0);
    for (int i = 0; i < 2; i++) {
        const char *request = asked(world, &world->target, headers, ARRAY_LEN(headers));
        const char *key = strstr(request, "Sec-WebSocket-Key: ");
        assert_non_null(key);
        assert_string_not_equal(request, first); /* each key is another */
        char *expected = mem_printf("GET /chat?x=1 HTTP/1.1\r\n"
                                    "Host: example.com\r\n"
                                    "Upgrade: websocket\r\n"
                                    "Connection: Upgrade\r\n"
                                    "%.43s\r\n"
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Cookie: a=b\r\n"
                                    "Sec-WebSocket-Extensions: grip\r\n"
                                    "X-Empty: \r\n"
                                    "\r\n",
                                    key);
        assert_string_equal(request, expected);
        free(expected);
        free(first);
        first = mem_copy(request, strlen(request));
    }
    free(first);
    assert_int_equal(stats_read(&world->stats, STAT_origin_requests), 2);
}

static void a_target_may_override_the_host(void **state)
{
    struct world *world = *state;
    static const struct header host = {SPAN_INIT("Host"), SPAN_INIT("example.com")};
    struct target target = world->target;
    target.host_header = "inside.example";
    assert_non_null(strstr(asked(world, &target, &host, 1), "\r\nHost: inside.example\r\n"));
}

static void what_cant_be_put_on_a_wire_is_refused_in_the_turn(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    struct ask ask = ask_upgrade(world);
    ask.path = SPAN("/a b");
    open_pipe_by(world, &ask, &owner);
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_BAD_REQUEST);
    assert_true(nobody_connects(world));
}

/* Answers a handshake by a 101 with these lines, `accept` standing for itself where it is "". */
static void assert_distrusts(struct world *world, const char *lines, const char *accept,
                             const char *detail)
{
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_peer(world);
    const char *right = accept_for(hear(world, peer));
    char *answer = mem_printf("HTTP/1.1 101 Switching\r\n%sSec-WebSocket-Accept: %s\r\n\r\n", lines,
                              accept[0] ? accept : right);
    say(world, peer, answer);
    free(answer);
    run_until(world, &owner.ends);
    assert_int_equal(owner.heads, 0);
    assert_int_equal(owner.reason, REASON_ORIGIN_NONSENSE);
    assert_string_equal(owner.detail, detail);
    hear_end(world, peer);
}

static void a_101_that_does_not_answer_the_question_is_nonsense(void **state)
{
    struct world *world = *state;
    const char *no_accept = "the Sec-WebSocket-Accept of the origin does not follow from the key";
    const char *other = "the origin switched to another protocol than WebSocket";
    const char *no_connection = "the origin switched protocols without Connection: Upgrade";
#define GOOD "Upgrade: websocket\r\nConnection: upgrade\r\n"
    assert_distrusts(world, GOOD, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", no_accept);
    assert_distrusts(world, GOOD "Sec-WebSocket-Accept: x\r\n", "", no_accept);
    assert_distrusts(world, "Connection: Upgrade\r\n", "", other);
    assert_distrusts(world, "Connection: Upgrade\r\nUpgrade: h2c\r\n", "", other);
    assert_distrusts(world, GOOD "Upgrade: websocket\r\n", "", other);
    assert_distrusts(world, "Upgrade: websocket\r\n", "", no_connection);
    assert_distrusts(world, "Upgrade: websocket\r\nConnection: close\r\n", "", no_connection);
    assert_distrusts(world, GOOD " folded: x\r\n", "",
                     "a header of the answer is folded over two lines");
}

static void an_interim_answer_is_not_the_answer(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_peer(world);
    const char *answer = switching(hear(world, peer), "");
    say(world, peer, "HTTP/1.1 103 Early Hints\r\nGrip-Hold: stream\r\n\r\n");
    turn(world, 10);
    for (const char *byte = answer; *byte; byte++) { /* in the smallest pieces */
        say_bytes(world, peer, byte, 1);
        turn(world, 1);
    }
    run_until(world, &owner.heads);
    assert_int_equal(owner.status, 101);
    assert_null(strstr(owner.headers, "Grip-Hold"));
    origin_pipe_close(owner.pipe);
}

static void a_head_that_never_ends_is_nonsense(void **state)
{
    struct world *world = *state;
    world->limits.answer_head_bytes = 1024;
    world_limits_changed(world);
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    char *line = pattern(1100);
    memset(line, 'x', 1100);
    say(world, peer, "HTTP/1.1 200 OK\r\nX: ");
    say_bytes(world, peer, line, 1100); /* no line feed among them */
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_ORIGIN_NONSENSE);
    assert_string_equal(owner.detail, "the head of the answer is larger than answer_head_bytes");
    free(line);
}

/* Refuses a handshake by `answer`, hangs up where told, and wants `body` to come with it. */
static void assert_refused(struct world *world, const char *answer, bool hangs_up, const char *body)
{
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, answer);
    if (hangs_up)
        hang_up(world, peer);
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_NONE);
    assert_int_equal(owner.heads, 1);
    assert_non_null(strstr(owner.headers, "X-Why: tired\n"));
    assert_string_equal(text_of(&owner.refusal), body);
    if (!hangs_up)
        hear_end(world, peer);
    owner_done(&owner);
}

static void any_other_answer_is_a_refusal_with_its_body(void **state)
{
    struct world *world = *state;
    world->limits.refusal_bytes = 10;
    world_limits_changed(world);
    assert_refused(world, WHOLE_REFUSAL "Content-Length: 2\r\n\r\nno", false, "no");
    assert_refused(world, WHOLE_REFUSAL "Content-Length: 0\r\n\r\n", false, "");
    assert_refused(world, WHOLE_REFUSAL "\r\nto the end", true, "to the end");
    assert_refused(world,
                   WHOLE_REFUSAL "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nno\r\n1\r\n!\r\n0\r\n",
                   false, "no!");
    assert_refused(world, WHOLE_REFUSAL "Content-Length: 1000\r\n\r\n0123456789X", false,
                   "0123456789");
    assert_refused(world, "HTTP/1.1 304 Not Modified\r\nX-Why: tired\r\n\r\n", false, "");
    assert_refused(world, "HTTP/1.1 200 OK\r\nX-Why: tired\r\n\r\nhello", true, "hello");
}

/* Answers by `answer`, hangs up, and wants that taken for `reason`. */
static void assert_ends(struct world *world, const char *answer, enum reason reason,
                        const char *detail)
{
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, answer);
    hang_up(world, peer);
    run_until(world, &owner.ends);
    assert_int_equal(owner.heads, 0);
    assert_int_equal(owner.reason, reason);
    assert_string_equal(owner.detail, detail);
}

static void an_answer_that_is_not_whole_is_cut_or_nonsense(void **state)
{
    struct world *world = *state;
    const char *cut = "the origin ended the connection before its answer was whole";
    assert_ends(world, "", REASON_ORIGIN_CUT, cut);
    assert_ends(world, "HTTP/1.1 101 Swi", REASON_ORIGIN_CUT, cut);
    assert_ends(world, WHOLE_REFUSAL "Content-Length: 3\r\n\r\nno", REASON_ORIGIN_CUT, cut);
    assert_ends(world, WHOLE_REFUSAL "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n",
                REASON_ORIGIN_CUT, cut);
    assert_ends(world, WHOLE_REFUSAL "Transfer-Encoding: chunked\r\n\r\nno\r\n",
                REASON_ORIGIN_NONSENSE, "the size of a chunk of the answer is not hexadecimal");
    assert_ends(world, "SSH-2.0-OpenSSH\r\n", REASON_ORIGIN_NONSENSE,
                "the answer does not begin with HTTP/1.0 or HTTP/1.1 and a status");
}

static void a_refused_connection_moves_on_to_the_next_target(void **state)
{
    struct world *world = *state;
    struct target targets[] = {{.host = "127.0.0.1", .port = deaf_port()}, world->target};
    struct ask ask = ask_upgrade(world);
    ask.targets = targets;
    ask.target_count = 2;
    struct owner owner = {0};
    open_pipe_by(world, &ask, &owner);
    (void)accept_upgrade(world, &owner);
    origin_pipe_close(owner.pipe);

    targets[1] = targets[0];
    struct owner alone = {0};
    open_pipe_by(world, &ask, &alone);
    run_until(world, &alone.ends);
    assert_int_equal(alone.reason, REASON_ORIGIN_UNREACHABLE);
    char *detail = mem_printf("Unable to connect to any targets. Tried: 127.0.0.1:%u, 127.0.0.1:%u",
                              targets[0].port, targets[0].port);
    assert_string_equal(alone.detail, detail);
    free(detail);
}

static void a_target_that_refuses_the_websocket_is_not_failed_over(void **state)
{
    struct world *world = *state;
    struct target targets[] = {world->target, world->target};
    struct ask ask = ask_upgrade(world);
    ask.targets = targets;
    ask.target_count = 2;
    struct owner owner = {0};
    open_pipe_by(world, &ask, &owner);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    hang_up(world, peer);
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_ORIGIN_CUT);
    assert_true(nobody_connects(world));
}

/* Lets an origin say `answer` and then nothing. */
static void assert_times_out(struct world *world, const char *answer, const char *detail)
{
    world_limits_changed(world);
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, answer);
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_ORIGIN_TIMEOUT);
    assert_string_equal(owner.detail, detail);
    hear_end(world, peer);
    limits_init(&world->limits);
}

static void a_slow_answer_is_not_waited_for(void **state)
{
    struct world *world = *state;
    world->limits.origin_first_byte_ms = 100;
    assert_times_out(world, "HTTP/1.1 101 Switching Protocols\r\n",
                     "no answer within origin_first_byte_ms");
    world->limits.origin_idle_ms = 100;
    assert_times_out(world, WHOLE_REFUSAL "Content-Length: 3\r\n\r\nno",
                     "no byte of the body for origin_idle_ms");
    world->limits.origin_total_ms = 100;
    assert_times_out(world, WHOLE_REFUSAL "Content-Length: 3\r\n\r\nno",
                     "the handshake took longer than origin_total_ms");
}

static void an_open_pipe_may_be_idle_for_longer(void **state)
{
    struct world *world = *state;
    world->limits.origin_connect_ms = 400;
    world->limits.origin_first_byte_ms = 400;
    world->limits.origin_idle_ms = 400;
    world->limits.origin_stall_ms = 400;
    world->limits.origin_total_ms = 400;
    world_limits_changed(world);
    struct owner owner = {0};
    open_pipe(world, &owner);
    (void)accept_upgrade(world, &owner);
    origin_pipe_send(owner.pipe, SPAN("x"));
    run_until(world, &owner.drains);
    assert_int_equal(origins_turn(world->origins, clock_monotonic_ms() + 3600000), UINT64_MAX);
    assert_int_equal(owner.ends, 0);
    origin_pipe_close(owner.pipe);
}

static void handshakes_queue_and_open_pipes_make_room(void **state)
{
    struct world *world = *state;
    world->limits.origin_in_flight = 1;
    world->limits.origin_queue = 1;
    world_limits_changed(world);
    struct owner owners[4] = {{0}};
    for (int i = 0; i < 3; i++)
        open_pipe(world, &owners[i]);
    run_until(world, &owners[2].ends);
    assert_int_equal(owners[2].reason, REASON_ORIGIN_BUSY);

    int peer = accept_peer(world);
    const char *answer = switching(hear(world, peer), "");
    assert_true(nobody_connects(world)); /* the second waits */
    say(world, peer, answer);
    run_until(world, &owners[0].heads);
    (void)accept_upgrade(world, &owners[1]);
    open_pipe(world, &owners[3]); /* two are open, and take no place */
    (void)accept_upgrade(world, &owners[3]);
    for (int i = 0; i < 4; i++)
        if (owners[i].pipe)
            origin_pipe_close(owners[i].pipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_handshake_is_written_anew),
        WORLD_TEST(a_target_may_override_the_host),
        WORLD_TEST(what_cant_be_put_on_a_wire_is_refused_in_the_turn),
        WORLD_TEST(a_101_that_does_not_answer_the_question_is_nonsense),
        WORLD_TEST(an_interim_answer_is_not_the_answer),
        WORLD_TEST(a_head_that_never_ends_is_nonsense),
        WORLD_TEST(any_other_answer_is_a_refusal_with_its_body),
        WORLD_TEST(an_answer_that_is_not_whole_is_cut_or_nonsense),
        WORLD_TEST(a_refused_connection_moves_on_to_the_next_target),
        WORLD_TEST(a_target_that_refuses_the_websocket_is_not_failed_over),
        WORLD_TEST(a_slow_answer_is_not_waited_for),
        WORLD_TEST(an_open_pipe_may_be_idle_for_longer),
        WORLD_TEST(handshakes_queue_and_open_pipes_make_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
