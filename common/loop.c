/* SPDX-License-Identifier: Apache-2.0 */
#include "common/loop.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zmq.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/mem.h"

#define MAX_WAKERS 16

struct loop {
    h2o_loop_t *h2o;
    h2o_timeout_t at_once; /* holds `due` only while it is run */
    h2o_timeout_entry_t due;
    loop_turn_fn *turn;
    void *turn_context;
    loop_settle_fn *settle; /* NULL for none */
    void *settle_context;
    uint64_t wait_ms; /* the turn's wish */
    uint64_t turns;
    uint64_t now_ms;  /* loop_now_ms(), as it was when h2o's clock said */
    uint64_t wall_ms; /* this */
    h2o_socket_t *wakers[MAX_WAKERS];
    size_t waker_count;
    bool is_stopped;
};

struct loop *loop_new(void)
{
    struct loop *loop = mem_new(sizeof(*loop));
    loop->h2o = h2o_evloop_create();
    h2o_timeout_init(loop->h2o, &loop->at_once, 0);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    for (size_t i = 0; i < loop->waker_count; i++)
        h2o_socket_close(loop->wakers[i]);
    h2o_timeout_dispose(loop->h2o, &loop->at_once);
    h2o_evloop_destroy(loop->h2o);
    free(loop);
}

h2o_loop_t *loop_h2o(struct loop *loop)
{
    return loop->h2o;
}

/* h2o asks the wall clock behind each wait. That may be set back, which would keep every timer from
 * its end; here it only tells that time has gone on. */
uint64_t loop_now_ms(struct loop *loop)
{
    uint64_t wall_ms = h2o_now(loop->h2o);
    if (loop->wall_ms != wall_ms)
        loop->now_ms = clock_monotonic_ms();
    loop->wall_ms = wall_ms;
    return loop->now_ms;
}

uint64_t loop_turns(const struct loop *loop)
{
    return loop->turns;
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

/* What the turn wrote at once has a callback waiting, which may make work for the next turn. */
static bool has_pending(const h2o_loop_t *h2o)
{
    return h2o->_pending_as_client || h2o->_pending_as_server;
}

static void on_due(h2o_timeout_entry_t *due)
{
    struct loop *loop = container_of(due, struct loop, due);
    loop->turns++;
    loop->wait_ms = loop->turn(loop->turn_context, loop_now_ms(loop));
    if (has_pending(loop->h2o))
        loop->wait_ms = 0;
}

/* As a timer of h2o's, because h2o must run the callbacks of whatever was written before it asks
 * for readiness again: it takes no more note of a socket whose write is known to be complete,
 * and aborts when that socket then becomes writable. */
static void take_turn(struct loop *loop)
{
    loop->due = (h2o_timeout_entry_t){.cb = on_due};
    h2o_timeout_link(loop->h2o, &loop->at_once, &loop->due);
    h2o_timeout_run(loop->h2o, &loop->at_once, h2o_now(loop->h2o));
}

void loop_before_wait(struct loop *loop, loop_settle_fn *settle, void *context)
{
    loop->settle = settle;
    loop->settle_context = context;
}

void loop_run(struct loop *loop, loop_turn_fn *turn, void *context)
{
    loop->turn = turn;
    loop->turn_context = context;
    loop->wait_ms = 0;
    loop->is_stopped = false;
    while (!loop->is_stopped) {
        int32_t wait_ms = loop->wait_ms < INT32_MAX ? (int32_t)loop->wait_ms : INT32_MAX;
        (void)h2o_evloop_run(loop->h2o, wait_ms);
        take_turn(loop);
        if (loop->settle)
            loop->settle(loop->settle_context);
    }
}

void loop_stop(struct loop *loop)
{
    loop->is_stopped = true;
}
