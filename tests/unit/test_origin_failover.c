/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges: fail-over, deadlines and queues.
 */
#include "tests/unit/origin_world.h"

#define HEAD_OF_10 "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"

static void the_next_target_is_tried_when_one_can_not_be_connected_to(void **state)
{
    struct world *world = *state;
    struct target targets[] = {{.host = "127.0.0.1", .port = deaf_port()},
                               {.host = "no-such-host.invalid", .port = 80},
                               world->target};
    struct ask ask = ask_for(world, SPAN("POST"), SPAN("/"));
    ask.targets = targets;
    ask.target_count = 3;
    ask.body = SPAN("abc");
    struct seen seen = {0};
    start(world, &ask, &seen);
    int peer = accept_peer(world);
    assert_non_null(strstr(hear(world, peer), "\r\n\r\nabc"));
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    assert_int_equal(stats_read(&world->stats, STAT_origin_requests), 1);
    seen_done(&seen);
}

static void targets_that_can_not_be_connected_to_are_named(void **state)
{
    struct world *world = *state;
    struct target targets[] = {{.host = "127.0.0.1", .port = deaf_port()},
                               {.host = "::1", .port = deaf_port()}};
    struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
    ask.targets = targets;
    ask.target_count = 2;
    struct seen seen = {0};
    start(world, &ask, &seen);
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_ORIGIN_UNREACHABLE);
    char expected[200];
    (void)snprintf(expected, sizeof(expected),
                   "Unable to connect to any targets. Tried: 127.0.0.1:%u, [::1]:%u",
                   targets[0].port, targets[1].port);
    assert_string_equal(seen.detail, expected);
}

static void once_a_request_was_sent_no_other_target_gets_it(void **state)
{
    struct world *world = *state;
    struct target targets[] = {world->target, world->target};
    struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
    ask.targets = targets;
    ask.target_count = 2;
    struct seen seen = {0};
    start(world, &ask, &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    hang_up(world, peer);
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_ORIGIN_CUT);
    assert_true(nobody_connects(world));
}

/* A listener whose queue of connections is full: connecting to it takes forever. */
static int listen_full(uint16_t *port, int *filler, size_t count)
{
    int fd = listen_here(port);
    assert_int_equal(listen(fd, 0), 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t i = 0; i < count; i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(filler[i], (struct sockaddr *)&address, sizeof(address));
    }
    return fd;
}

static void connecting_for_too_long_moves_on_to_the_next_target(void **state)
{
    struct world *world = *state;
    world->limits.origin_connect_ms = 100;
    world_limits_changed(world);
    int filler[4];
    struct target targets[] = {{.host = "127.0.0.1"}, world->target};
    int full = listen_full(&targets[0].port, filler, ARRAY_LEN(filler));
    struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
    ask.targets = targets;
    ask.target_count = 2;
    struct seen seen = {0};
    uint64_t began = clock_monotonic_ms();
    start(world, &ask, &seen);
    int peer = accept_peer(world);
    assert_true(clock_monotonic_ms() - began >= 100);
    (void)hear(world, peer);
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    seen_done(&seen);

    ask.target_count = 1;
    struct seen alone = {0};
    start(world, &ask, &alone);
    run_until(world, &alone.ends);
    assert_int_equal(alone.reason, REASON_ORIGIN_UNREACHABLE);
    (void)close(full);
    for (size_t i = 0; i < ARRAY_LEN(filler); i++)
        (void)close(filler[i]);
}

/* "localhost" is ::1, where nobody ever answers, and 127.0.0.1, tried beside it a little later. */
static void a_name_with_one_deaf_address_is_reached_at_the_other(void **state)
{
    struct world *world = *state;
    int filler[4];
    int full = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_port = htons(world->target.port),
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    assert_int_equal(bind(full, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(full, 0), 0);
    for (size_t i = 0; i < ARRAY_LEN(filler); i++) {
        filler[i] = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(filler[i], (struct sockaddr *)&address, sizeof(address));
    }
    world->target.host = "localhost";
    int peer = idle_connection(world);
    struct seen seen = {0};
    get(world, "/", &seen);
    (void)hear(world, peer);
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    seen_done(&seen);
    (void)close(full);
    for (size_t i = 0; i < ARRAY_LEN(filler); i++)
        (void)close(filler[i]);
}

static void an_origin_that_does_not_answer_is_given_up(void **state)
{
    struct world *world = *state;
    world->limits.origin_first_byte_ms = 100;
    world_limits_changed(world);
    struct seen silent = {0}, partial = {0};
    uint64_t began = clock_monotonic_ms();
    get(world, "/", &silent);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    run_until(world, &silent.ends);
    assert_true(clock_monotonic_ms() - began >= 100);
    assert_int_equal(silent.reason, REASON_ORIGIN_TIMEOUT);
    hear_end(world, peer);

    get(world, "/", &partial);
    peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, "HTTP/1.1 200 OK\r\nX: y\r\n");
    run_until(world, &partial.ends);
    assert_int_equal(partial.reason, REASON_ORIGIN_TIMEOUT);
    assert_int_equal(partial.heads, 0);
}

static void a_body_that_stands_still_is_cut_but_not_while_we_pause_it(void **state)
{
    struct world *world = *state;
    world->limits.origin_idle_ms = 100;
    world_limits_changed(world);
    struct seen seen = {.pauses_left = 1};
    get(world, "/", &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, HEAD_OF_10 "01234");
    run_until(world, &seen.pieces);
    uint64_t paused = clock_monotonic_ms();
    while (clock_monotonic_ms() < paused + 300)
        turn(world, 50);
    assert_int_equal(seen.ends, 0);
    uint64_t resumed = clock_monotonic_ms();
    origin_resume(seen.exchange);
    run_until(world, &seen.ends);
    assert_true(clock_monotonic_ms() - resumed >= 100);
    assert_int_equal(seen.reason, REASON_ORIGIN_TIMEOUT);
    assert_string_equal(body_of(&seen), "01234");
    seen_done(&seen);
}

static void a_drop_now_and_then_does_not_outlast_the_total(void **state)
{
    struct world *world = *state;
    world->limits.origin_total_ms = 200;
    world_limits_changed(world);
    struct seen seen = {0};
    uint64_t began = clock_monotonic_ms();
    get(world, "/", &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, "HTTP/1.1 200 OK\r\n\r\n");
    while (!seen.ends) {
        assert_true(clock_monotonic_ms() - began < PATIENCE_MS);
        (void)send(peer, "x", 1, MSG_NOSIGNAL);
        turn(world, 20);
    }
    assert_true(clock_monotonic_ms() - began >= 200);
    assert_int_equal(seen.reason, REASON_ORIGIN_TIMEOUT);
    seen_done(&seen);
}

static void beyond_the_cap_requests_queue_and_beyond_the_queue_they_are_refused(void **state)
{
    struct world *world = *state;
    world->limits.origin_in_flight = 1;
    world->limits.origin_queue = 2;
    world_limits_changed(world);
    struct seen seen[4] = {{0}};
    static const char *const paths[] = {"/0", "/1", "/2", "/3"};
    for (int i = 0; i < 4; i++)
        get(world, paths[i], &seen[i]);
    run_until(world, &seen[3].ends);
    assert_int_equal(seen[3].reason, REASON_ORIGIN_BUSY);
    int peer = accept_peer(world);
    for (int i = 0; i < 3; i++) {
        assert_memory_equal(hear(world, peer) + 4, paths[i], 2);
        assert_true(nobody_connects(world));
        say(world, peer, ANSWER("2", "ok"));
        run_until(world, &seen[i].ends);
        assert_int_equal(seen[i].reason, REASON_NONE);
        seen_done(&seen[i]);
    }
}

static void who_queues_for_too_long_is_told_that_the_origin_is_busy(void **state)
{
    struct world *world = *state;
    world->limits.origin_in_flight = 1;
    world->limits.origin_first_byte_ms = 150;
    world_limits_changed(world);
    struct seen first = {0}, second = {0};
    get(world, "/", &first);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    get(world, "/", &second);
    say(world, peer, HEAD_OF_10);
    run_until(world, &second.ends);
    assert_int_equal(second.reason, REASON_ORIGIN_BUSY);
    assert_int_equal(first.ends, 0);
}

static void a_share_of_the_cap_is_never_nothing(void **state)
{
    struct world *world = *state;
    origins_free(world->origins);
    world->limits.origin_in_flight = 2;
    world->origins = origins_new(world->poller, &world->limits, &world->stats, 8);
    (void)idle_connection(world);
}

static void exchanges_to_one_origin_do_not_wait_for_another(void **state)
{
    struct world *world = *state;
    world->limits.origin_in_flight = 1;
    world_limits_changed(world);
    struct target other = world->target;
    other.host = "localhost";
    struct seen stuck = {0}, free_way = {0};
    get(world, "/", &stuck);
    (void)hear(world, accept_peer(world));
    struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
    ask.targets = &other;
    start(world, &ask, &free_way);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &free_way.ends);
    assert_int_equal(free_way.reason, REASON_NONE);
    seen_done(&free_way);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_next_target_is_tried_when_one_can_not_be_connected_to),
        WORLD_TEST(targets_that_can_not_be_connected_to_are_named),
        WORLD_TEST(once_a_request_was_sent_no_other_target_gets_it),
        WORLD_TEST(connecting_for_too_long_moves_on_to_the_next_target),
        WORLD_TEST(a_name_with_one_deaf_address_is_reached_at_the_other),
        WORLD_TEST(an_origin_that_does_not_answer_is_given_up),
        WORLD_TEST(a_body_that_stands_still_is_cut_but_not_while_we_pause_it),
        WORLD_TEST(a_drop_now_and_then_does_not_outlast_the_total),
        WORLD_TEST(beyond_the_cap_requests_queue_and_beyond_the_queue_they_are_refused),
        WORLD_TEST(who_queues_for_too_long_is_told_that_the_origin_is_busy),
        WORLD_TEST(a_share_of_the_cap_is_never_nothing),
        WORLD_TEST(exchanges_to_one_origin_do_not_wait_for_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
