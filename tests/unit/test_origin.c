/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges: backpressure and cancelling.
 */
#include "tests/unit/origin_world.h"

#define HEAD_OF_10 "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"

static void a_paused_body_waits_and_comes_again_whole(void **state)
{
    struct world *world = *state;
    enum { LARGE = 3 << 20 };
    char *sent = malloc(LARGE);
    assert_non_null(sent);
    for (size_t i = 0; i < LARGE; i++)
        sent[i] = (char)(i * 7 % 251);
    struct seen seen = {.pauses_left = 3};
    get(world, "/", &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n");
    say_bytes(world, peer, sent, 100000);
    for (unsigned pieces = 1; pieces <= 3; pieces++) {
        run_until_at_least(world, &seen.pieces, pieces);
        for (int i = 0; i < 20; i++)
            turn(world, 1);
        assert_int_equal(seen.pieces, pieces); /* nothing comes while it is paused */
        assert_int_equal(seen.body.len, 0);
        origin_resume(seen.exchange);
    }
    say_bytes(world, peer, sent + 100000, LARGE - 100000);
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    assert_int_equal(seen.body.len, LARGE);
    assert_memory_equal(seen.body.bytes, sent, LARGE);
    assert_true(seen.largest_piece <= 16384);
    free(sent);
    seen_done(&seen);
}

static void a_body_paused_at_its_last_piece_ends_after_the_resume(void **state)
{
    struct world *world = *state;
    struct seen seen = {.pauses_left = 1};
    get(world, "/", &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, HEAD_OF_10 "0123456789");
    run_until(world, &seen.pieces);
    for (int i = 0; i < 20; i++)
        turn(world, 1);
    assert_int_equal(seen.ends, 0);
    origin_resume(seen.exchange);
    run_until(world, &seen.ends);
    assert_string_equal(body_of(&seen), "0123456789");
    seen_done(&seen);

    struct seen next = {0}; /* the connection is used again, and watched while idle */
    get(world, "/", &next);
    (void)hear(world, peer);
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &next.ends);
    assert_string_equal(body_of(&next), "ok");
    seen_done(&next);
    turn(world, 0);
    say(world, peer, "unasked");
    hear_end(world, peer);
}

static void an_origin_that_leaves_while_we_pause_does_not_keep_the_loop_awake(void **state)
{
    struct world *world = *state;
    struct seen seen = {.pauses_left = 1};
    get(world, "/", &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, HEAD_OF_10 "01234");
    run_until(world, &seen.pieces);
    turn(world, 0);
    hang_up(world, peer);
    struct pollfd fds = {poller_fd(world->poller), POLLIN, 0};
    for (int i = 0; i < 3; i++)
        turn(world, 1);
    (void)origins_turn(world->origins, clock_monotonic_ms());
    assert_int_equal(poll(&fds, 1, 0), 0);
    origin_resume(seen.exchange);
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_ORIGIN_CUT);
    assert_string_equal(body_of(&seen), "01234");
    seen_done(&seen);
}

static void cancelling_ends_the_connection_in_each_phase(void **state)
{
    struct world *world = *state;
    struct seen seen[6] = {{0}};

    get(world, "/", &seen[0]); /* not started */
    origin_cancel(seen[0].exchange);
    assert_true(nobody_connects(world));

    get(world, "/", &seen[1]); /* connecting */
    turn(world, 0);
    origin_cancel(seen[1].exchange);
    hear_end(world, accept_peer(world));

    get(world, "/", &seen[2]); /* no answer yet */
    int peer = accept_peer(world);
    (void)hear(world, peer);
    origin_cancel(seen[2].exchange);
    hear_end(world, peer);

    get(world, "/", &seen[3]); /* in the body */
    peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, HEAD_OF_10 "01234");
    run_until(world, &seen[3].pieces);
    origin_cancel(seen[3].exchange);
    hear_end(world, peer);

    seen[4].pauses_left = 1; /* paused */
    get(world, "/", &seen[4]);
    peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, HEAD_OF_10 "01234");
    run_until(world, &seen[4].pieces);
    origin_resume(seen[4].exchange);
    origin_cancel(seen[4].exchange);
    hear_end(world, peer);

    struct seen refused = {0}; /* on_end owed */
    struct ask ask = ask_for(world, SPAN("GET"), SPAN("bad"));
    start(world, &ask, &refused);
    origin_cancel(refused.exchange);

    (void)idle_connection(world); /* and the pool still works */
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        assert_int_equal(seen[i].ends, 0);
        seen_done(&seen[i]);
    }
    assert_int_equal(refused.ends, 0);
}

static void an_exchange_may_be_cancelled_from_anothers_callbacks(void **state)
{
    struct world *world = *state;
    for (int phase = 0; phase < 3; phase++) { /* from on_head, on_body, on_end */
        struct seen killer = {0}, victim = {0};
        char *body = malloc(8 << 20); /* more than the kernel takes: it is being sent */
        assert_non_null(body);
        memset(body, 'b', 8 << 20);
        get(world, "/", &killer);
        int peer = accept_peer(world);
        (void)hear(world, peer);
        struct ask ask = ask_for(world, SPAN("POST"), SPAN("/"));
        ask.body = span(body, 8 << 20);
        start(world, &ask, &victim);
        int other = accept_peer(world);
        turn(world, 10);
        if (phase == 0)
            killer.to_cancel = &victim.exchange;
        say(world, peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        run_until(world, &killer.heads);
        if (phase == 1)
            killer.to_cancel = &victim.exchange;
        say(world, peer, "1\r\nx\r\n");
        run_until(world, &killer.pieces);
        if (phase == 2)
            killer.to_cancel = &victim.exchange;
        say(world, peer, "0\r\n\r\n");
        run_until(world, &killer.ends);
        assert_null(victim.exchange);
        free(body); /* nothing may read it any more */
        hear_end(world, other);
        assert_int_equal(killer.reason, REASON_NONE);
        assert_int_equal(victim.heads + victim.ends, 0);
        hang_up(world, peer);
        seen_done(&killer);
    }
}

/* Both are due in one call of libcurl's: what the first does must already hold for the second. */
static void a_body_is_not_read_any_more_once_its_exchange_is_cancelled(void **state)
{
    struct world *world = *state;
    enum { LARGE = 16 << 20 };
    char *body = malloc(LARGE);
    assert_non_null(body);
    memset(body, 'b', LARGE);
    struct seen killer = {.pauses_left = 1}, victim = {.pauses_left = 1};
    get(world, "/", &killer);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, "HTTP/1.1 200 OK\r\n\r\nfirst");
    run_until(world, &killer.pieces);

    struct ask ask = ask_for(world, SPAN("POST"), SPAN("/"));
    ask.body = span(body, LARGE);
    start(world, &ask, &victim);
    int other = accept_peer(world);
    say(world, other, "HTTP/1.1 200 OK\r\n\r\nearly");
    run_until(world, &victim.pieces);
    turn(world, 0);

    static char heard[4 << 20]; /* makes room, so that the rest of the body may follow */
    for (size_t got = 0; got < sizeof(heard) / 2;) {
        ssize_t more = recv(other, heard, sizeof(heard), 0);
        if (more <= 0)
            break;
        got += (size_t)more;
    }
    say(world, peer, "second");
    killer.to_cancel = &victim.exchange;
    killer.cancel_after = 3; /* "first" twice, then "second" */
    killer.to_free = body;
    origin_resume(killer.exchange);
    origin_resume(victim.exchange);
    run_until_at_least(world, &killer.pieces, 3);
    assert_null(victim.exchange);
    hear_end(world, other);
    hang_up(world, peer);
    run_until(world, &killer.ends);
    assert_string_equal(body_of(&killer), "firstsecond");
    seen_done(&killer);
    seen_done(&victim);
}

static void an_exchange_cancelled_right_after_its_last_byte_does_not_end(void **state)
{
    struct world *world = *state;
    struct seen killer = {0}, victim = {0};
    get(world, "/", &killer);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    get(world, "/", &victim);
    int other = accept_peer(world);
    (void)hear(world, other);
    killer.to_cancel = &victim.exchange;
    say(world, other, ANSWER("2", "ok"));
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &killer.ends);
    turn(world, 0);
    assert_int_equal(killer.reason, REASON_NONE);
    assert_int_equal(victim.ends, 0);
    seen_done(&killer);
    seen_done(&victim);
}

static void freeing_the_pool_cancels_what_is_under_way(void **state)
{
    struct world *world = *state;
    world->limits.origin_in_flight = 1;
    world_limits_changed(world);
    struct seen seen[3] = {{0}};
    for (int i = 0; i < 3; i++)
        get(world, "/", &seen[i]);
    (void)hear(world, accept_peer(world));
    world_limits_changed(world);
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen[i].ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_paused_body_waits_and_comes_again_whole),
        WORLD_TEST(a_body_paused_at_its_last_piece_ends_after_the_resume),
        WORLD_TEST(an_origin_that_leaves_while_we_pause_does_not_keep_the_loop_awake),
        WORLD_TEST(cancelling_ends_the_connection_in_each_phase),
        WORLD_TEST(an_exchange_may_be_cancelled_from_anothers_callbacks),
        WORLD_TEST(a_body_is_not_read_any_more_once_its_exchange_is_cancelled),
        WORLD_TEST(an_exchange_cancelled_right_after_its_last_byte_does_not_end),
        WORLD_TEST(freeing_the_pool_cancels_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
