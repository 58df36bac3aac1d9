/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/stall.h"

#define WAIT_MS 1000

/* A connection on which more is written than finds room. */
static struct loop *loop;
static h2o_socket_t *near;
static int far;
static char much[1 << 20];
static struct stall stall;

static void on_written(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    assert_null(error);
}

static uint64_t one_turn(void *context, uint64_t now_ms)
{
    (void)context, (void)now_ms;
    loop_stop(loop);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    loop = loop_new();
    near = h2o_evloop_socket_create(loop_h2o(loop), fds[0], 0);
    far = fds[1];
    h2o_iovec_t bytes = h2o_iovec_init(much, sizeof(much));
    h2o_socket_write(near, &bytes, 1, on_written);
    stall_init(&stall, 5000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    h2o_socket_close(near);
    loop_run(loop, one_turn, NULL);
    loop_free(loop);
    close(far);
    return 0;
}

static bool is_stalled_at(uint64_t now_ms)
{
    return stall_look(&stall, near, WAIT_MS, now_ms);
}

static void take(size_t bytes)
{
    static char taken[sizeof(much)];
    while (bytes) {
        ssize_t got = recv(far, taken, bytes, 0);
        if (got > 0)
            bytes -= (size_t)got;
        else
            loop_run(loop, one_turn, NULL);
    }
    loop_run(loop, one_turn, NULL);
}

static void a_client_that_takes_nothing_has_stalled(void **state)
{
    (void)state;
    assert_false(is_stalled_at(5000));
    assert_false(is_stalled_at(6000));
    assert_true(is_stalled_at(6001));
}

static void a_client_that_takes_a_little_has_not(void **state)
{
    (void)state;
    for (uint64_t now_ms = 5000; now_ms < 15000; now_ms += 900) {
        assert_false(is_stalled_at(now_ms));
        take(50000);
    }
    assert_true(h2o_socket_is_writing(near));
}

static void where_nothing_is_written_nobody_stalls(void **state)
{
    (void)state;
    assert_false(is_stalled_at(5000));
    take(sizeof(much));
    assert_false(h2o_socket_is_writing(near));
    assert_false(is_stalled_at(60000));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_client_that_takes_nothing_has_stalled),
        TEST(a_client_that_takes_a_little_has_not),
        TEST(where_nothing_is_written_nobody_stalls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
