/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_pipe.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "frontend/origin_exchange.h"
#include "frontend/origin_pipe_life.h"
#include "frontend/origin_reach.h"

static const struct target *target_of(const struct origin_pipe *pipe)
{
    return &pipe->targets[pipe->tried];
}

void pipe_enlist(struct origin_pipe *pipe, struct list *list)
{
    list_unlink(&pipe->todo);
    list_append(list, &pipe->todo);
}

/* Whoever moves up in the lane may start. */
static void leave_lane(struct origin_pipe *pipe)
{
    struct place *next = lanes_leave(pipe->pipes->lanes, &pipe->place);
    if (!next)
        return;
    struct origin_pipe *successor = container_of(next, struct origin_pipe, place);
    waiter_leave(&successor->stage);
    pipe_enlist(successor, &pipe->pipes->startable);
}

void pipe_set_interest(struct origin_pipe *pipe)
{
    if (pipe->state == PIPE_ASKING || pipe->state == PIPE_OPEN)
        conn_want(pipe->conn, (pipe_is_reading(pipe) ? (uint32_t)EPOLLIN : 0) |
                                  (pipe->is_blocked ? (uint32_t)EPOLLOUT : 0));
}

static void withdraw(struct origin_pipe *pipe)
{
    CHECK(pipe->state != PIPE_OVER);
    pipe->state = PIPE_OVER;
    list_unlink(&pipe->live);
    list_unlink(&pipe->sending);
    waiter_leave(&pipe->stage);
    waiter_leave(&pipe->total);
    leave_lane(pipe);
    pipe_enlist(pipe, &pipe->pipes->over);
}

void pipe_end(struct origin_pipe *pipe, enum reason reason, const char *detail)
{
    withdraw(pipe);
    sendq_clear(&pipe->out);
    pipe->events.on_end(pipe->context, reason, detail);
}

/* Ends it in the turn: owners must not be called back before they have the pipe. */
static void refuse(struct origin_pipe *pipe, const char *why)
{
    pipe->refusal = why;
    pipe_enlist(pipe, &pipe->pipes->refused);
}

static void enter_lane(struct origin_pipe *pipe)
{
    struct pipes *pipes = pipe->pipes;
    pipe->state = PIPE_WAITING;
    switch (lanes_enter(pipes->lanes, target_of(pipe), &pipe->place)) {
    case LANES_GO:
        pipe_enlist(pipe, &pipes->startable);
        break;
    case LANES_WAIT:
        waitline_join(&pipes->answering, &pipe->stage, pipes->now_ms);
        break;
    case LANES_FULL:
        refuse(pipe, "more requests than origin_queue await this origin");
        break;
    }
}

struct origin_pipe *origin_pipe_open(struct origins *origins, const struct ask *ask,
                                     const struct origin_pipe_events *events, void *context,
                                     uint64_t now_ms)
{
    CHECK(ask->target_count > 0);
    struct pipes *pipes = origins->pipes;
    if (now_ms > pipes->now_ms)
        pipes->now_ms = now_ms;
    struct origin_pipe *pipe = mem_new(sizeof(*pipe));
    pipe->pipes = pipes;
    pipe->events = *events;
    pipe->context = context;
    pipe->targets = ask->targets;
    pipe->target_count = ask->target_count;
    list_append(&pipes->live, &pipe->live);
    waitline_join(&pipes->total, &pipe->total, pipes->now_ms);
    const char *fault = request_check(ask);
    if (fault) {
        refuse(pipe, fault);
        return pipe;
    }
    pipe->upgrade = upgrade_new(ask, pipes->limits);
    enter_lane(pipe);
    return pipe;
}

void pipe_start(struct origin_pipe *pipe)
{
    struct pipes *pipes = pipe->pipes;
    pipe->state = PIPE_CONNECTING;
    waitline_join(&pipes->connecting, &pipe->stage, pipes->now_ms);
    pipe->conn = conn_start(pipes->conns, target_of(pipe), pipe);
}

void pipe_try_next_target(struct origin_pipe *pipe, const char *why)
{
    reach_log(target_of(pipe), why);
    waiter_leave(&pipe->stage);
    conn_close(pipe->conn);
    pipe->conn = NULL;
    leave_lane(pipe);
    if (++pipe->tried < pipe->target_count) {
        enter_lane(pipe);
        return;
    }
    char *detail = reach_failed(pipe->targets, pipe->target_count);
    pipe_end(pipe, REASON_ORIGIN_UNREACHABLE, detail);
    free(detail);
}

void pipe_ask(struct origin_pipe *pipe)
{
    struct pipes *pipes = pipe->pipes;
    stats_add(pipes->stats, STAT_origin_requests, 1);
    pipe->state = PIPE_ASKING;
    waitline_join(&pipes->answering, &pipe->stage, pipes->now_ms);
    upgrade_write(pipe->upgrade, target_of(pipe), &pipe->out);
    list_append(&pipes->writable, &pipe->sending);
    pipe_set_interest(pipe);
}

void pipe_opened(struct origin_pipe *pipe)
{
    pipe->targets = NULL;
    pipe->state = PIPE_OPEN;
    waiter_leave(&pipe->stage);
    waiter_leave(&pipe->total);
    leave_lane(pipe);
}

static void want_to_write(struct origin_pipe *pipe)
{
    CHECK(pipe->state == PIPE_OPEN);
    if (!pipe->is_blocked && !list_is_linked(&pipe->sending))
        list_append(&pipe->pipes->writable, &pipe->sending);
}

void origin_pipe_frame(struct origin_pipe *pipe, enum ws_opcode opcode, bool is_final,
                       struct span payload)
{
    want_to_write(pipe);
    wsmask_frame(&pipe->pipes->masks, &pipe->out, opcode, is_final, payload);
}

void origin_pipe_send(struct origin_pipe *pipe, struct span bytes)
{
    want_to_write(pipe);
    sendq_append(&pipe->out, bytes);
}

size_t origin_pipe_queued(const struct origin_pipe *pipe)
{
    return pipe->out.bytes;
}

void origin_pipe_pause(struct origin_pipe *pipe)
{
    pipe->is_paused = true;
    pipe_set_interest(pipe);
}

void origin_pipe_resume(struct origin_pipe *pipe)
{
    CHECK(pipe->state != PIPE_OVER);
    if (!pipe->is_paused)
        return;
    pipe->is_paused = false;
    pipe_set_interest(pipe);
    if (pipe_is_reading(pipe))
        pipe_enlist(pipe, &pipe->pipes->readable);
}

void origin_pipe_close(struct origin_pipe *pipe)
{
    if (pipe->state != PIPE_OPEN)
        sendq_clear(&pipe->out); /* a request nobody waits for any more */
    withdraw(pipe);
}

void pipe_free(struct origin_pipe *pipe)
{
    CHECK(pipe->state == PIPE_OVER);
    if (pipe->conn) {
        (void)pipe_send_queued(pipe);
        conn_close(pipe->conn);
    }
    sendq_clear(&pipe->out);
    upgrade_free(pipe->upgrade);
    buf_done(&pipe->early);
    free(pipe);
}
