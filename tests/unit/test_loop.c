/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/loop.h"

static time_t wall_offset_s;

/* What h2o calls instead of the system's: a wall clock that the test sets. */
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the library's are reserved
int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec real;
    (void)zone;
    int failed = clock_gettime(CLOCK_REALTIME, &real);
    *now = (struct timeval){real.tv_sec + wall_offset_s, real.tv_nsec / 1000};
    return failed;
}

/* A pair of sockets: h2o's end in a loop, and the other, which the test reads by hand. */
struct pair {
    struct loop *loop;
    h2o_socket_t *near;
    int far;
    int written; /* callbacks run */
    int step;
};

static struct pair *pair_of(h2o_socket_t *socket)
{
    return socket->data;
}

static void on_written(h2o_socket_t *socket, const char *error)
{
    assert_null(error);
    pair_of(socket)->written++;
}

static void write_bytes(struct pair *pair, size_t len)
{
    static char zeros[1024 * 1024];
    assert_true(len <= sizeof(zeros));
    h2o_iovec_t bytes = h2o_iovec_init(zeros, len);
    h2o_socket_write(pair->near, &bytes, 1, on_written);
}

static void drain(struct pair *pair)
{
    char waste[65536];
    while (recv(pair->far, waste, sizeof(waste), MSG_DONTWAIT) > 0)
        ;
}

static void open_pair(struct pair *pair)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    pair->loop = loop_new();
    pair->near = h2o_evloop_socket_create(loop_h2o(pair->loop), fds[0], 0);
    pair->near->data = pair;
    pair->far = fds[1];
}

static void close_pair(struct pair *pair)
{
    h2o_socket_close(pair->near);
    loop_free(pair->loop);
    close(pair->far);
}

/* More than fits, so that h2o waits for room; then, from the turn again, so much that it fits but
 * leaves the socket full in poll's eyes; then there is room. */
static uint64_t write_in_turns(void *context, uint64_t now_ms)
{
    (void)now_ms;
    struct pair *pair = context;
    switch (pair->step) {
    case 0:
        write_bytes(pair, (size_t)1024 * 1024);
        pair->step++;
        break;
    case 1:
        drain(pair);
        if (pair->written == 1) {
            write_bytes(pair, (size_t)100 * 1024);
            pair->step++;
        }
        break;
    case 2:
        drain(pair);
        pair->step++;
        break;
    default:
        loop_stop(pair->loop);
    }
    return 0;
}

static void what_a_turn_writes_is_called_back_before_the_next_wait(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair);
    loop_run(pair.loop, write_in_turns, &pair);
    assert_int_equal(pair.written, 2);
    close_pair(&pair);
}

static uint64_t write_once_and_wait(void *context, uint64_t now_ms)
{
    (void)now_ms;
    struct pair *pair = context;
    if (pair->step++ == 0)
        write_bytes(pair, 1);
    else
        loop_stop(pair->loop);
    return LOOP_NEVER;
}

static void a_turn_that_wrote_is_followed_by_another_at_once(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair);
    loop_run(pair.loop, write_once_and_wait, &pair);
    assert_int_equal(pair.written, 1);
    close_pair(&pair);
}

/* Ends when ten milliseconds have passed, of which some behind the step. */
static uint64_t set_the_clock_back(void *context, uint64_t now_ms)
{
    struct pair *pair = context;
    static uint64_t begun_ms, last_ms;
    if (pair->step++ == 0)
        begun_ms = last_ms = now_ms;
    assert_true(now_ms >= last_ms && pair->step < 1000); /* each lasts a millisecond */
    assert_true(loop_now_ms(pair->loop) == now_ms);
    if (now_ms >= begun_ms + 5)
        wall_offset_s = -3600;
    if (now_ms >= begun_ms + 10)
        loop_stop(pair->loop);
    last_ms = now_ms;
    return 1;
}

static void time_goes_on_when_the_wall_clock_is_set_back(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair);
    loop_run(pair.loop, set_the_clock_back, &pair);
    assert_int_equal(wall_offset_s, -3600);
    close_pair(&pair);
    wall_offset_s = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_turn_writes_is_called_back_before_the_next_wait),
        cmocka_unit_test(a_turn_that_wrote_is_followed_by_another_at_once),
        cmocka_unit_test(time_goes_on_when_the_wall_clock_is_set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
