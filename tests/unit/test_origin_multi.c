/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: used again, found dead, and never trusted with unasked bytes.
 */
#include "tests/unit/origin_world.h"

/* Asks over `peer` or, when that is -1, a new connection, and wants the right answer. */
static void assert_gets_its_own_answer(struct world *world, struct seen *seen, int peer)
{
    if (peer < 0)
        peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, ANSWER("4", "mine"));
    run_until(world, &seen->ends);
    assert_int_equal(seen->reason, REASON_NONE);
    assert_string_equal(body_of(seen), "mine");
    seen_done(seen);
}

static void a_connection_is_used_again(void **state)
{
    struct world *world = *state;
    int peer = idle_connection(world);
    for (int i = 0; i < 5; i++) {
        struct seen seen = {0};
        get(world, "/", &seen);
        assert_gets_its_own_answer(world, &seen, peer);
    }
    assert_true(nobody_connects(world));
}

static void connections_in_flight_at_once_are_all_kept(void **state)
{
    struct world *world = *state;
    enum { MANY = 40 };
    world->limits.origin_in_flight = 20; /* two origins: more connections than one may have */
    world_limits_changed(world);
    struct target other = world->target;
    other.host = "localhost";
    static struct seen seen[2 * MANY];
    int peers[MANY];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
            if (i % 2)
                ask.targets = &other;
            start(world, &ask, &seen[round * MANY + i]);
        }
        for (int i = 0; i < MANY; i++) {
            if (round == 0)
                peers[i] = accept_peer(world);
            (void)hear(world, peers[i]);
        }
        for (int i = 0; i < MANY; i++)
            say(world, peers[i], ANSWER("1", "x"));
        for (int i = 0; i < MANY; i++) {
            run_until(world, &seen[round * MANY + i].ends);
            assert_int_equal(seen[round * MANY + i].reason, REASON_NONE);
            seen_done(&seen[round * MANY + i]);
        }
    }
    assert_true(nobody_connects(world));
}

static void a_second_answer_in_the_same_read_reaches_nobody(void **state)
{
    struct world *world = *state;
    struct seen first = {0}, second = {0};
    get(world, "/", &first);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, ANSWER("5", "first") ANSWER("6", "poison"));
    run_until(world, &first.ends);
    assert_string_equal(body_of(&first), "first");
    get(world, "/", &second);
    assert_gets_its_own_answer(world, &second, -1);
    seen_done(&first);
}

static void a_second_answer_that_comes_later_ends_the_connection(void **state)
{
    struct world *world = *state;
    int peer = idle_connection(world);
    say(world, peer, ANSWER("6", "poison"));
    hear_end(world, peer);
    struct seen seen = {0};
    get(world, "/", &seen);
    assert_gets_its_own_answer(world, &seen, -1);
}

static void a_second_answer_right_behind_the_first_does_not_reach_who_was_queued(void **state)
{
    struct world *world = *state;
    world->limits.origin_in_flight = 1;
    world_limits_changed(world);
    struct seen first = {0}, second = {0};
    get(world, "/", &first);
    get(world, "/", &second);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    /* The first answer fills libcurl's reads to the byte; the second is left in the kernel. */
    struct buf both = {0};
    buf_append(&both, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 16342\r\n\r\n"));
    memset(buf_reserve(&both, 16384), 'x', 16384);
    both.len = 16384;
    buf_append(&both, SPAN(ANSWER("6", "poison")));
    say_bytes(world, peer, both.bytes, both.len);
    run_until(world, &first.ends);
    assert_int_equal(first.reason, REASON_NONE);
    assert_int_equal(first.body.len,
                     16384 - strlen("HTTP/1.1 200 OK\r\nContent-Length: 16342\r\n\r\n"));
    assert_gets_its_own_answer(world, &second, -1);
    buf_done(&both);
    seen_done(&first);
}

static void a_connection_the_origin_ended_while_idle_is_not_used_again(void **state)
{
    struct world *world = *state;
    hang_up(world, idle_connection(world));
    struct seen seen = {0};
    post(world, "once", &seen);
    assert_gets_its_own_answer(world, &seen, -1);
    assert_int_equal(stats_read(&world->stats, STAT_origin_requests), 2);
}

/* An idle connection that dies on the next request: the origin reads it and hangs up. */
static void hear_and_hang_up(struct world *world, int peer)
{
    (void)hear(world, peer);
    hang_up(world, peer);
}

static void a_safe_request_is_sent_again_when_a_reused_connection_dies(void **state)
{
    struct world *world = *state;
    int peer = idle_connection(world);
    struct seen seen = {0};
    get(world, "/", &seen);
    hear_and_hang_up(world, peer);
    assert_gets_its_own_answer(world, &seen, -1);
    assert_int_equal(stats_read(&world->stats, STAT_origin_requests), 3);
}

static void a_large_body_is_sent_again_from_its_start(void **state)
{
    struct world *world = *state;
    enum { LARGE = 100000 };
    int peer = idle_connection(world);
    char *body = malloc(LARGE);
    assert_non_null(body);
    for (size_t i = 0; i < LARGE; i++)
        body[i] = (char)('a' + i % 23);
    struct ask ask = ask_for(world, SPAN("QUERY"), SPAN("/"));
    ask.body = span(body, LARGE);
    struct seen seen = {0};
    start(world, &ask, &seen);
    hear_and_hang_up(world, peer);
    peer = accept_peer(world);
    assert_memory_equal(strstr(hear(world, peer), "\r\n\r\n") + 4, body, LARGE);
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    free(body);
    seen_done(&seen);
}

static void it_is_sent_again_once_and_on_a_fresh_connection(void **state)
{
    struct world *world = *state;
    int idle[3];
    struct seen seen[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        get(world, "/", &seen[i]);
        idle[i] = accept_peer(world);
        (void)hear(world, idle[i]);
    }
    for (int i = 0; i < 3; i++) {
        say(world, idle[i], ANSWER("0", ""));
        run_until(world, &seen[i].ends);
    }
    struct seen last = {0};
    get(world, "/", &last);
    turn(world, 0);
    struct pollfd fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = (struct pollfd){idle[i], POLLIN, 0};
    assert_int_equal(poll(fds, 3, PATIENCE_MS), 1);
    for (int i = 0; i < 3; i++)
        if (fds[i].revents)
            hear_and_hang_up(world, idle[i]);
    hear_and_hang_up(world, accept_peer(world));
    run_until(world, &last.ends);
    assert_int_equal(last.reason, REASON_ORIGIN_CUT);
    assert_true(nobody_connects(world));
}

static void an_unsafe_request_is_never_sent_twice(void **state)
{
    struct world *world = *state;
    int peer = idle_connection(world);
    struct seen seen = {0};
    post(world, "once", &seen);
    hear_and_hang_up(world, peer);
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_ORIGIN_CUT);
    assert_int_equal(stats_read(&world->stats, STAT_origin_requests), 2);
    /* libcurl may have connected once more; nothing must come there. */
    if (!nobody_connects(world)) {
        char byte;
        int again = accept_peer(world);
        run_until_ready(world, again, POLLIN);
        assert_int_equal(recv(again, &byte, 1, 0), 0);
    }
}

static void a_fresh_connection_that_dies_is_not_tried_again(void **state)
{
    struct world *world = *state;
    struct seen seen = {0};
    get(world, "/", &seen);
    hear_and_hang_up(world, accept_peer(world));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_ORIGIN_CUT);
    assert_true(nobody_connects(world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_connection_is_used_again),
        WORLD_TEST(connections_in_flight_at_once_are_all_kept),
        WORLD_TEST(a_second_answer_in_the_same_read_reaches_nobody),
        WORLD_TEST(a_second_answer_that_comes_later_ends_the_connection),
        WORLD_TEST(a_second_answer_right_behind_the_first_does_not_reach_who_was_queued),
        WORLD_TEST(a_connection_the_origin_ended_while_idle_is_not_used_again),
        WORLD_TEST(a_safe_request_is_sent_again_when_a_reused_connection_dies),
        WORLD_TEST(a_large_body_is_sent_again_from_its_start),
        WORLD_TEST(it_is_sent_again_once_and_on_a_fresh_connection),
        WORLD_TEST(an_unsafe_request_is_never_sent_twice),
        WORLD_TEST(a_fresh_connection_that_dies_is_not_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
