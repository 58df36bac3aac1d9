/* SPDX-License-Identifier: Apache-2.0 */
#include "common/loop.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zmq.h>

#include "common/check.h"
#include "common/mem.h"

#define MAX_WAKERS 8

struct loop {
    h2o_loop_t *h2o;
    h2o_socket_t *wakers[MAX_WAKERS];
    size_t waker_count;
    bool is_stopped;
};

struct loop *loop_new(void)
{
    struct loop *loop = mem_new(sizeof(*loop));
    loop->h2o = h2o_evloop_create();
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    for (size_t i = 0; i < loop->waker_count; i++)
        h2o_socket_close(loop->wakers[i]);
    h2o_evloop_destroy(loop->h2o);
    free(loop);
}

h2o_loop_t *loop_h2o(struct loop *loop)
{
    return loop->h2o;
}

uint64_t loop_now_ms(struct loop *loop)
{
    return h2o_now(loop->h2o);
}

static void on_wake(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    (void)error;
}

void loop_wake_on(struct loop *loop, int fd)
{
    CHECK(loop->waker_count < MAX_WAKERS);
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    CHECK(own >= 0);
    h2o_socket_t *waker = h2o_evloop_socket_create(loop->h2o, own, H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(waker, on_wake);
    loop->wakers[loop->waker_count++] = waker;
}

void loop_wake_on_zmq(struct loop *loop, void *zmq_socket)
{
    int fd;
    size_t len = sizeof(fd);
    int failed = zmq_getsockopt(zmq_socket, ZMQ_FD, &fd, &len);
    CHECK(!failed);
    loop_wake_on(loop, fd);
}

/* What the turn wrote at once has a callback waiting in h2o, which otherwise looks for those only
 * behind its own callbacks. */
static bool has_pending(const h2o_loop_t *h2o)
{
    return h2o->_pending_as_client || h2o->_pending_as_server;
}

void loop_run(struct loop *loop, loop_turn_fn *turn, void *context)
{
    uint64_t wait_ms = 0;
    loop->is_stopped = false;
    while (!loop->is_stopped) {
        (void)h2o_evloop_run(loop->h2o, wait_ms < INT32_MAX ? (int32_t)wait_ms : INT32_MAX);
        wait_ms = turn(context, h2o_now(loop->h2o));
        if (has_pending(loop->h2o))
            wait_ms = 0;
    }
}

void loop_stop(struct loop *loop)
{
    loop->is_stopped = true;
}
