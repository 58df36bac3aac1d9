/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_pipes.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"
#include "frontend/origin_pipe_life.h"

static struct origin_pipe *pipe_of(struct list *todo)
{
    return container_of(todo, struct origin_pipe, todo);
}

struct pipes *pipes_new(struct poller *poller, const struct limits *limits, struct stats *stats,
                        size_t most_in_flight, size_t most_waiting)
{
    struct pipes *pipes = mem_new(sizeof(*pipes));
    pipes->limits = limits;
    pipes->stats = stats;
    pipes->conns = conns_new(poller);
    pipes->lanes = lanes_new(most_in_flight, most_waiting);
    waitline_init(&pipes->connecting, limits->origin_connect_ms);
    waitline_init(&pipes->answering, limits->origin_first_byte_ms);
    waitline_init(&pipes->streaming, limits->origin_idle_ms);
    waitline_init(&pipes->stalled, limits->origin_stall_ms);
    waitline_init(&pipes->total, limits->origin_total_ms);
    list_init(&pipes->live);
    list_init(&pipes->startable);
    list_init(&pipes->refused);
    list_init(&pipes->readable);
    list_init(&pipes->writable);
    list_init(&pipes->over);
    return pipes;
}

void pipes_renew(struct pipes *pipes, SSL_CTX *model)
{
    conns_renew(pipes->conns, model);
}

static void bury(struct pipes *pipes)
{
    for (struct list *node; (node = list_pop(&pipes->over));)
        pipe_free(pipe_of(node));
}

void pipes_free(struct pipes *pipes)
{
    if (!pipes)
        return;
    while (!list_is_empty(&pipes->live))
        origin_pipe_close(container_of(pipes->live.next, struct origin_pipe, live));
    bury(pipes);
    lanes_free(pipes->lanes);
    conns_free(pipes->conns);
    free(pipes);
}

static void greet_connected(struct pipes *pipes)
{
    conns_turn(pipes->conns, pipes->now_ms);
    const char *why;
    for (struct conn *conn; (conn = conns_connected(pipes->conns, &why));) {
        struct origin_pipe *pipe = conn_context(conn);
        if (pipe->state == PIPE_OVER)
            continue; /* closed meanwhile, from another's callback */
        if (why)
            pipe_try_next_target(pipe, why);
        else
            pipe_ask(pipe);
    }
}

/* Error and hang-up show in whatever is tried next. */
static void note_ready(struct pipes *pipes)
{
    uint32_t events;
    for (struct conn *conn; (conn = conns_ready(pipes->conns, &events));) {
        struct origin_pipe *pipe = conn_context(conn);
        if (pipe->state == PIPE_OVER)
            continue;
        if (events & ~(uint32_t)EPOLLOUT && !list_is_linked(&pipe->todo))
            list_append(&pipes->readable, &pipe->todo);
        if (events & ~(uint32_t)EPOLLIN && pipe->is_blocked && !list_is_linked(&pipe->sending))
            list_append(&pipes->writable, &pipe->sending);
    }
}

static void read_readable(struct pipes *pipes)
{
    struct list now;
    list_take_all(&pipes->readable, &now);
    for (struct list *node; (node = list_pop(&now));)
        pipe_read(pipe_of(node));
}

static void write_writable(struct pipes *pipes)
{
    struct list now;
    list_take_all(&pipes->writable, &now);
    for (struct list *node; (node = list_pop(&now));)
        pipe_write(container_of(node, struct origin_pipe, sending));
}

static void end_refused(struct pipes *pipes)
{
    struct list now;
    list_take_all(&pipes->refused, &now);
    for (struct list *node; (node = list_pop(&now));) {
        struct origin_pipe *pipe = pipe_of(node);
        pipe_end(pipe, pipe->upgrade ? REASON_ORIGIN_BUSY : REASON_BAD_REQUEST, pipe->refusal);
    }
}

static struct origin_pipe *overdue(struct pipes *pipes, struct waitline *line)
{
    struct waiter *waiter = waitline_overdue(line, pipes->now_ms);
    return waiter ? container_of(waiter, struct origin_pipe, stage) : NULL;
}

static void end_overdue(struct pipes *pipes)
{
    struct origin_pipe *late;
    while ((late = overdue(pipes, &pipes->connecting)))
        pipe_try_next_target(late, "connecting took longer than origin_connect_ms");
    while ((late = overdue(pipes, &pipes->answering))) {
        if (late->state == PIPE_WAITING)
            pipe_end(late, REASON_ORIGIN_BUSY, "queued for longer than origin_first_byte_ms");
        else
            pipe_end(late, REASON_ORIGIN_TIMEOUT, "no answer within origin_first_byte_ms");
    }
    while ((late = overdue(pipes, &pipes->streaming)))
        pipe_end(late, REASON_ORIGIN_TIMEOUT, "no byte of the body for origin_idle_ms");
    while ((late = overdue(pipes, &pipes->stalled)))
        pipe_end(late, REASON_ORIGIN_TIMEOUT, "the origin took no byte for origin_stall_ms");
    for (struct waiter *waiter; (waiter = waitline_overdue(&pipes->total, pipes->now_ms));)
        pipe_end(container_of(waiter, struct origin_pipe, total), REASON_ORIGIN_TIMEOUT,
                 "the handshake took longer than origin_total_ms");
}

/* Returns: whether there was any. */
static bool start_startable(struct pipes *pipes)
{
    bool any = !list_is_empty(&pipes->startable);
    for (struct list *node; (node = list_pop(&pipes->startable));)
        pipe_start(pipe_of(node));
    return any;
}

void pipes_turn(struct pipes *pipes, uint64_t now_ms)
{
    if (now_ms > pipes->now_ms)
        pipes->now_ms = now_ms;
    greet_connected(pipes);
    note_ready(pipes);
    read_readable(pipes);
    end_overdue(pipes);
    end_refused(pipes);
    if (start_startable(pipes))
        greet_connected(pipes);
    write_writable(pipes);
    bury(pipes);
    conns_settle(pipes->conns);
}

bool pipes_have_work(const struct pipes *pipes)
{
    return !list_is_empty(&pipes->startable) || !list_is_empty(&pipes->refused) ||
           !list_is_empty(&pipes->readable) || !list_is_empty(&pipes->writable) ||
           !list_is_empty(&pipes->over);
}

uint64_t pipes_due(const struct pipes *pipes)
{
    uint64_t due = conns_due(pipes->conns);
    due = clock_sooner(due, waitline_due(&pipes->connecting));
    due = clock_sooner(due, waitline_due(&pipes->answering));
    due = clock_sooner(due, waitline_due(&pipes->streaming));
    due = clock_sooner(due, waitline_due(&pipes->stalled));
    return clock_sooner(due, waitline_due(&pipes->total));
}
