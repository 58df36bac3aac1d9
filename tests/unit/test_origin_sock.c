/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frontend/origin_multi.h"
#include "frontend/origin_sock.h"

struct desk {
    struct poller *poller;
    struct socks socks;
    struct ride ride;
    int pair[2]; /* [0] is libcurl's, [1] the origin's */
};

static int desk_begin(void **state)
{
    static struct desk desk;
    desk = (struct desk){.poller = poller_new()};
    socks_init(&desk.socks, desk.poller);
    *state = &desk;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, desk.pair);
}

static int desk_end(void **state)
{
    struct desk *desk = *state;
    (void)close(desk->pair[0]);
    (void)close(desk->pair[1]);
    socks_done(&desk->socks);
    poller_free(desk->poller);
    return 0;
}

/* Closes libcurl's end without a word and lets another socket have its number. */
static void replace_silently(struct desk *desk)
{
    int other[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other), 0);
    assert_int_equal(dup2(other[0], desk->pair[0]), desk->pair[0]);
    assert_int_equal(dup2(other[1], desk->pair[1]), desk->pair[1]);
    (void)close(other[0]);
    (void)close(other[1]);
}

static struct sock *ridden(struct desk *desk, uint32_t events)
{
    struct sock *sock = socks_add(&desk->socks, desk->pair[0], true);
    sock->rider = &desk->ride;
    sock_want(sock, events);
    socks_settle(&desk->socks);
    return sock;
}

static void the_next_address_with_the_same_number_is_watched_as_the_one_before(void **state)
{
    struct desk *desk = *state;
    (void)ridden(desk, EPOLLOUT);
    replace_silently(desk);
    struct sock *next = socks_add(&desk->socks, desk->pair[0], true);
    assert_ptr_equal(next->rider, &desk->ride);
    socks_settle(&desk->socks);
    poller_run(desk->poller);
    assert_ptr_equal(socks_next_ready(&desk->socks), next);
    assert_int_equal(next->happened, EPOLLOUT);
    assert_null(socks_next_ready(&desk->socks));
    sock_forget(next);
}

static void a_number_that_is_somebody_elses_by_now_is_left_alone(void **state)
{
    struct desk *desk = *state;
    struct sock *sock = socks_add(&desk->socks, desk->pair[0], true);
    replace_silently(desk);
    assert_int_equal(write(desk->pair[1], "x", 1), 1);
    assert_true(sock_is_gone(sock));
    socks_settle(&desk->socks);
    assert_null(socks_find(&desk->socks, desk->pair[0]));
    char byte;
    assert_int_equal(recv(desk->pair[0], &byte, 1, MSG_DONTWAIT), 1);
}

static void an_idle_connection_that_speaks_reads_as_ended_and_is_watched_no_more(void **state)
{
    struct desk *desk = *state;
    struct sock *sock = ridden(desk, EPOLLIN);
    assert_false(sock_is_gone(sock));
    sock_release(sock);
    socks_settle(&desk->socks);
    assert_true(sock_is_idle(sock));
    assert_int_equal(write(desk->pair[1], "unasked", 7), 7);
    poller_run(desk->poller);
    assert_ptr_equal(socks_next_ready(&desk->socks), sock);
    sock_kill_if_readable(sock);
    assert_true(sock->is_dead);
    char byte;
    assert_int_equal(recv(desk->pair[0], &byte, 1, MSG_DONTWAIT), 0);
    assert_true(write(desk->pair[1], "more", 4) < 0);
    poller_run(desk->poller);
    assert_null(socks_next_ready(&desk->socks));
    sock_forget(sock);
}

static void a_paused_connection_is_not_watched_and_comes_back(void **state)
{
    struct desk *desk = *state;
    struct sock *sock = ridden(desk, EPOLLIN);
    assert_int_equal(write(desk->pair[1], "x", 1), 1);
    sock_want(sock, 0);
    socks_settle(&desk->socks);
    poller_run(desk->poller);
    assert_null(socks_next_ready(&desk->socks));
    sock_want(sock, EPOLLIN);
    socks_settle(&desk->socks);
    poller_run(desk->poller);
    assert_ptr_equal(socks_next_ready(&desk->socks), sock);
    sock_forget(sock);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(the_next_address_with_the_same_number_is_watched_as_the_one_before),
        TEST(a_number_that_is_somebody_elses_by_now_is_left_alone),
        TEST(an_idle_connection_that_speaks_reads_as_ended_and_is_watched_no_more),
        TEST(a_paused_connection_is_not_watched_and_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
