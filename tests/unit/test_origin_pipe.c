/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets to an origin: what goes through them, and how they end.
 */
#include "tests/unit/pipe_world.h"

enum { LARGE = 8 << 20 };

/* Lets the kernel keep little of what the origin does not read. */
static void narrow(struct world *world)
{
    int bytes = 65536;
    assert_int_equal(setsockopt(world->listener, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
}

static void bytes_go_both_ways(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    assert_non_null(strstr(owner.headers, "Sec-WebSocket-Extensions: grip\n"));
    origin_pipe_send(owner.pipe, SPAN("hello "));
    origin_pipe_send(owner.pipe, SPAN("origin"));
    assert_int_equal(origin_pipe_queued(owner.pipe), 12);
    assert_memory_equal(hear_bytes(world, peer, 12), "hello origin", 12);
    assert_int_equal(owner.drains, 1);
    say(world, peer, "hello client");
    run_until_bytes(world, &owner, 12);
    assert_string_equal(text_of(&owner.bytes), "hello client");
    origin_pipe_close(owner.pipe);
    hear_end(world, peer);
    assert_int_equal(owner.ends, 0);
    owner_done(&owner);
}

static void a_frame_leaves_masked(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    origin_pipe_frame(owner.pipe, WS_OP_TEXT, true, SPAN("Hello"));
    const char *frame = hear_bytes(world, peer, 11);
    assert_memory_equal(frame, "\x81\x85", 2);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(frame[6 + i] ^ frame[2 + i % 4], "Hello"[i]);
    origin_pipe_close(owner.pipe);
    owner_done(&owner);
}

static void an_origin_that_reads_late_gets_everything_in_order(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    char *sent = pattern(LARGE);
    narrow(world);
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    for (size_t at = 0; at < LARGE; at += LARGE / 2) {
        origin_pipe_send(owner.pipe, span(sent + at, LARGE / 2));
        turn(world, 0);
    }
    assert_int_equal(owner.drains, 0);
    assert_in_range(origin_pipe_queued(owner.pipe), 1, LARGE);
    assert_memory_equal(hear_bytes(world, peer, LARGE), sent, LARGE);
    run_until(world, &owner.drains);
    assert_int_equal(owner.drains, 1);
    origin_pipe_close(owner.pipe);
    free(sent);
    owner_done(&owner);
}

static void a_full_pipe_does_not_keep_the_loop_awake(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    char *sent = pattern(LARGE);
    narrow(world);
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    origin_pipe_send(owner.pipe, span(sent, LARGE));
    for (int i = 0; i < 5; i++)
        turn(world, 1);
    assert_true(origins_turn(world->origins, clock_monotonic_ms()) > 0);
    assert_true(origin_pipe_queued(owner.pipe) > 0);
    struct pollfd fds = {poller_fd(world->poller), POLLIN, 0};
    assert_int_equal(poll(&fds, 1, 0), 0);
    (void)hear_bytes(world, peer, LARGE);
    origin_pipe_close(owner.pipe);
    free(sent);
    owner_done(&owner);
}

static void a_paused_pipe_hands_nothing_over_until_it_is_resumed(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    char *sent = pattern(LARGE);
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    owner.pauses = true;
    say_bytes(world, peer, sent, 100000);
    run_until_bytes(world, &owner, 16384);
    for (int i = 0; i < 20; i++)
        turn(world, 1);
    assert_int_equal(owner.bytes.len, 16384);
    struct pollfd fds = {poller_fd(world->poller), POLLIN, 0};
    assert_int_equal(poll(&fds, 1, 0), 0);
    origin_pipe_resume(owner.pipe);
    assert_true(origins_have_work(world->origins));
    run_until_bytes(world, &owner, 32768);
    assert_int_equal(owner.bytes.len, 32768);
    owner.pauses = false;
    origin_pipe_resume(owner.pipe);
    say_bytes(world, peer, sent + 100000, LARGE - 100000);
    run_until_bytes(world, &owner, LARGE);
    assert_memory_equal(owner.bytes.bytes, sent, LARGE);
    origin_pipe_close(owner.pipe);
    free(sent);
    owner_done(&owner);
}

static void an_end_that_comes_while_paused_waits_for_the_resume(void **state)
{
    struct world *world = *state;
    struct owner owner = {.pauses = true};
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    say(world, peer, "last words");
    hang_up(world, peer);
    for (int i = 0; i < 5; i++)
        turn(world, 1);
    struct pollfd fds = {poller_fd(world->poller), POLLIN, 0};
    assert_int_equal(poll(&fds, 1, 0), 0);
    assert_int_equal(owner.pieces + owner.ends, 0);
    owner.pauses = false;
    origin_pipe_resume(owner.pipe);
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_NONE);
    assert_string_equal(text_of(&owner.bytes), "last words");
    owner_done(&owner);
}

static void frames_that_come_with_the_head_are_not_lost(void **state)
{
    struct world *world = *state;
    for (int pauses = 0; pauses < 2; pauses++) {
        struct owner owner = {.pauses = pauses};
        open_pipe(world, &owner);
        int peer = accept_peer(world);
        say(world, peer, switching(hear(world, peer), "early"));
        run_until(world, &owner.heads);
        turn(world, 0);
        assert_int_equal(owner.pieces, !pauses);
        say(world, peer, " and late");
        owner.pauses = false;
        origin_pipe_resume(owner.pipe);
        run_until_bytes(world, &owner, 14);
        assert_string_equal(text_of(&owner.bytes), "early and late");
        origin_pipe_close(owner.pipe);
        owner_done(&owner);
    }
}

static void an_origin_that_hangs_up_ends_the_pipe_in_order(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    say(world, peer, "bye");
    hang_up(world, peer);
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_NONE);
    assert_string_equal(text_of(&owner.bytes), "bye");
    owner_done(&owner);
}

/* Closes `peer` so that the other side sees a reset. */
static void reset(struct world *world, int peer)
{
    struct linger at_once = {.l_onoff = 1};
    assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    hang_up(world, peer);
}

static void a_connection_that_breaks_is_a_cut(void **state)
{
    struct world *world = *state;
    struct owner reading = {0}, sending = {.pauses = true};
    open_pipe(world, &reading);
    reset(world, accept_upgrade(world, &reading));
    run_until(world, &reading.ends);
    assert_int_equal(reading.reason, REASON_ORIGIN_CUT);

    open_pipe(world, &sending); /* paused, so that only sending can find out */
    reset(world, accept_upgrade(world, &sending));
    origin_pipe_send(sending.pipe, SPAN("lost"));
    run_until(world, &sending.ends);
    assert_int_equal(sending.reason, REASON_ORIGIN_CUT);
    owner_done(&reading);
    owner_done(&sending);
}

static void closing_ends_the_connection_in_each_phase(void **state)
{
    struct world *world = *state;
    struct owner owners[6] = {{0}};
    open_pipe(world, &owners[0]); /* not started */
    origin_pipe_close(owners[0].pipe);
    assert_true(nobody_connects(world));

    open_pipe(world, &owners[1]); /* connecting */
    turn(world, 0);
    origin_pipe_close(owners[1].pipe);
    hear_end(world, accept_peer(world));

    open_pipe(world, &owners[2]); /* no answer yet */
    int peer = accept_peer(world);
    (void)hear(world, peer);
    origin_pipe_close(owners[2].pipe);
    assert_true(origins_have_work(world->origins));
    hear_end(world, peer);

    open_pipe(world, &owners[3]); /* in the body of a refusal */
    peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, "HTTP/1.1 403 No\r\nContent-Length: 10\r\n\r\n01234");
    turn(world, 10);
    origin_pipe_close(owners[3].pipe);
    hear_end(world, peer);

    owners[4].pauses = true; /* paused */
    open_pipe(world, &owners[4]);
    peer = accept_upgrade(world, &owners[4]);
    origin_pipe_resume(owners[4].pipe);
    origin_pipe_close(owners[4].pipe);
    hear_end(world, peer);

    struct ask ask = ask_upgrade(world); /* on_end owed */
    ask.path = SPAN("bad");
    open_pipe_by(world, &ask, &owners[5]);
    origin_pipe_close(owners[5].pipe);
    turn(world, 0);
    for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
        assert_int_equal(owners[i].ends, 0);
        owner_done(&owners[i]);
    }
}

static void what_was_sent_before_closing_still_leaves(void **state)
{
    struct world *world = *state;
    struct owner owner = {0};
    open_pipe(world, &owner);
    int peer = accept_upgrade(world, &owner);
    origin_pipe_send(owner.pipe, SPAN("last words"));
    origin_pipe_close(owner.pipe);
    assert_memory_equal(hear_bytes(world, peer, 10), "last words", 10);
    hear_end(world, peer);
    owner_done(&owner);
}

static void a_pipe_may_be_closed_from_its_own_callbacks_and_anothers(void **state)
{
    struct world *world = *state;
    for (int phase = 0; phase < 7; phase++) {
        struct owner killer = {0}, other = {0};
        struct owner *victim = phase % 2 ? &other : &killer;
        open_pipe(world, &other);
        int peer = accept_upgrade(world, &other);
        if (phase / 2 == 0)
            killer.to_close = victim; /* in on_head */
        open_pipe(world, &killer);
        int killers = accept_peer(world);
        say(world, killers, switching(hear(world, killers), "x"));
        run_until(world, &killer.heads);
        if (phase / 2 > 0)
            killer.to_close = victim;
        if (phase / 2 == 1)
            say(world, killers, "piece");
        if (phase / 2 == 2)
            origin_pipe_send(killer.pipe, SPAN("drain"));
        if (phase == 6) { /* in on_end, where it can't be its own */
            killer.to_close = victim = &other;
            hang_up(world, killers);
        }
        hear_end(world, victim == &other ? peer : killers);
        assert_int_equal(victim->ends, 0);
        assert_null(victim->pipe);
        if (other.pipe)
            origin_pipe_close(other.pipe);
        if (killer.pipe)
            origin_pipe_close(killer.pipe);
        owner_done(&killer);
        owner_done(&other);
    }
}

static void an_origin_that_takes_nothing_is_given_up(void **state)
{
    struct world *world = *state;
    world->limits.origin_stall_ms = 200;
    world_limits_changed(world);
    char *sent = pattern(LARGE);
    struct owner stalled = {0}, idle = {0};
    narrow(world);
    open_pipe(world, &stalled);
    (void)accept_upgrade(world, &stalled);
    open_pipe(world, &idle);
    (void)accept_upgrade(world, &idle);
    origin_pipe_send(stalled.pipe, span(sent, LARGE));
    origin_pipe_send(idle.pipe, SPAN("taken"));
    run_until(world, &stalled.ends);
    assert_int_equal(stalled.reason, REASON_ORIGIN_TIMEOUT);
    assert_string_equal(stalled.detail, "the origin took no byte for origin_stall_ms");
    assert_int_equal(idle.ends, 0);
    origin_pipe_close(idle.pipe);
    free(sent);
    owner_done(&stalled);
    owner_done(&idle);
}

static void open_pipes_end_with_the_pool(void **state)
{
    struct world *world = *state;
    struct owner owners[3] = {{0}};
    int peers[2];
    for (int i = 0; i < 2; i++) {
        open_pipe(world, &owners[i]);
        peers[i] = accept_upgrade(world, &owners[i]);
    }
    open_pipe(world, &owners[2]);
    world_limits_changed(world);
    for (int i = 0; i < 2; i++)
        hear_end(world, peers[i]);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(owners[i].ends, 0);
        owner_done(&owners[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(bytes_go_both_ways),
        WORLD_TEST(a_frame_leaves_masked),
        WORLD_TEST(an_origin_that_reads_late_gets_everything_in_order),
        WORLD_TEST(a_full_pipe_does_not_keep_the_loop_awake),
        WORLD_TEST(a_paused_pipe_hands_nothing_over_until_it_is_resumed),
        WORLD_TEST(an_end_that_comes_while_paused_waits_for_the_resume),
        WORLD_TEST(frames_that_come_with_the_head_are_not_lost),
        WORLD_TEST(an_origin_that_hangs_up_ends_the_pipe_in_order),
        WORLD_TEST(a_connection_that_breaks_is_a_cut),
        WORLD_TEST(closing_ends_the_connection_in_each_phase),
        WORLD_TEST(what_was_sent_before_closing_still_leaves),
        WORLD_TEST(a_pipe_may_be_closed_from_its_own_callbacks_and_anothers),
        WORLD_TEST(an_origin_that_takes_nothing_is_given_up),
        WORLD_TEST(open_pipes_end_with_the_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
