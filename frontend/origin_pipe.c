/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_pipe.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "frontend/origin_exchange.h"
#include "frontend/origin_pipe_life.h"
#include "frontend/origin_reach.h"

#define MOST_READS 4 /* at a time: others want to be heard, too */

static const struct target *target_of(const struct origin_pipe *pipe)
{
    return &pipe->targets[pipe->tried];
}

/* Puts it on a list of what the turn has to do, off any other. */
static void enlist(struct origin_pipe *pipe, struct list *list)
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
    enlist(successor, &pipe->pipes->startable);
}

static bool is_reading(const struct origin_pipe *pipe)
{
    return (pipe->state == PIPE_ASKING || pipe->state == PIPE_OPEN) && !pipe->is_paused;
}

static void set_interest(struct origin_pipe *pipe)
{
    if (pipe->state == PIPE_ASKING || pipe->state == PIPE_OPEN)
        conn_want(pipe->conn, (is_reading(pipe) ? (uint32_t)EPOLLIN : 0) |
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
    enlist(pipe, &pipe->pipes->over);
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
    enlist(pipe, &pipe->pipes->refused);
}

static void enter_lane(struct origin_pipe *pipe)
{
    struct pipes *pipes = pipe->pipes;
    pipe->state = PIPE_WAITING;
    switch (lanes_enter(pipes->lanes, target_of(pipe), &pipe->place)) {
    case LANES_GO:
        enlist(pipe, &pipes->startable);
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
    set_interest(pipe);
}

/* --- reading --- */

static void hand_over(struct origin_pipe *pipe, char *bytes, size_t len)
{
    if (!len || pipe->state == PIPE_OVER)
        return;
    if (pipe->is_paused)
        buf_append(&pipe->early, span(bytes, len));
    else
        pipe->events.on_bytes(pipe->context, bytes, len);
}

static void hand_over_early(struct origin_pipe *pipe)
{
    if (!is_reading(pipe))
        return;
    struct buf early = pipe->early;
    pipe->early = (struct buf){0};
    hand_over(pipe, early.bytes, early.len);
    buf_done(&early);
}

static void open_up(struct origin_pipe *pipe)
{
    struct upgrade *upgrade = pipe->upgrade;
    pipe->upgrade = NULL;
    pipe->targets = NULL;
    pipe->state = PIPE_OPEN;
    waiter_leave(&pipe->stage);
    waiter_leave(&pipe->total);
    leave_lane(pipe);
    pipe->events.on_head(pipe->context, upgrade_answer(upgrade));
    upgrade_free(upgrade);
}

static void tell_refusal(struct origin_pipe *pipe)
{
    pipe->events.on_head(pipe->context, upgrade_answer(pipe->upgrade));
    if (pipe->state != PIPE_OVER)
        pipe_end(pipe, REASON_NONE, "");
}

/* Reads of the answer; what stands behind a head of 101 is the WebSocket's. */
static void hear_answer(struct origin_pipe *pipe, char *bytes, size_t len)
{
    struct span rest = span(bytes, len);
    switch (upgrade_read(pipe->upgrade, &rest)) {
    case UPGRADE_MORE:
        if (upgrade_has_head(pipe->upgrade))
            waitline_join(&pipe->pipes->streaming, &pipe->stage, pipe->pipes->now_ms);
        break;
    case UPGRADE_OPEN:
        open_up(pipe);
        hand_over(pipe, bytes + (len - rest.len), rest.len);
        break;
    case UPGRADE_REFUSED:
        tell_refusal(pipe);
        break;
    case UPGRADE_BAD:
        pipe_end(pipe, REASON_ORIGIN_NONSENSE, upgrade_fault(pipe->upgrade));
        break;
    }
}

static void hear_end(struct origin_pipe *pipe, enum conn_result how)
{
    if (pipe->state == PIPE_OPEN && how == CONN_END)
        pipe_end(pipe, REASON_NONE, "");
    else if (pipe->state == PIPE_OPEN)
        pipe_end(pipe, REASON_ORIGIN_CUT, "the connection to the origin failed");
    else if (how == CONN_END && upgrade_end(pipe->upgrade) == UPGRADE_REFUSED)
        tell_refusal(pipe);
    else
        pipe_end(pipe, REASON_ORIGIN_CUT, "the origin ended the connection before its answer");
}

void pipe_read(struct origin_pipe *pipe)
{
    struct pipes *pipes = pipe->pipes;
    hand_over_early(pipe);
    for (unsigned reads = 0; is_reading(pipe); reads++) {
        if (reads == MOST_READS) {
            enlist(pipe, &pipes->readable);
            return;
        }
        size_t got;
        enum conn_result result = conn_recv(pipe->conn, pipes->buffer, sizeof(pipes->buffer), &got);
        if (result == CONN_OK && pipe->state == PIPE_OPEN)
            hand_over(pipe, pipes->buffer, got);
        else if (result == CONN_OK)
            hear_answer(pipe, pipes->buffer, got);
        else if (result != CONN_AGAIN)
            hear_end(pipe, result);
        if (conn_is_drained(pipe->conn))
            return;
    }
}

/* --- writing --- */

static void block(struct origin_pipe *pipe, bool is_blocked)
{
    pipe->is_blocked = is_blocked;
    set_interest(pipe);
}

/* Nothing can be sent any more, but the origin may have said why. */
static void give_up_sending(struct origin_pipe *pipe)
{
    sendq_clear(&pipe->out);
    pipe_read(pipe);
    if (pipe->state != PIPE_OVER)
        pipe_end(pipe, REASON_ORIGIN_CUT, "the connection to the origin failed");
}

/* Returns: CONN_OK when all is sent. */
static enum conn_result send_queued(struct origin_pipe *pipe)
{
    while (!sendq_is_empty(&pipe->out)) {
        size_t sent;
        enum conn_result result = conn_send(pipe->conn, sendq_front(&pipe->out), &sent);
        if (result != CONN_OK)
            return result;
        sendq_consume(&pipe->out, sent);
    }
    return CONN_OK;
}

void pipe_write(struct origin_pipe *pipe)
{
    struct pipes *pipes = pipe->pipes;
    size_t before = pipe->out.bytes;
    bool was_blocked = pipe->is_blocked;
    enum conn_result result = send_queued(pipe);
    if (result != CONN_OK && result != CONN_AGAIN) {
        give_up_sending(pipe);
        return;
    }
    block(pipe, result == CONN_AGAIN);
    if (pipe->state != PIPE_OPEN)
        return; /* `answering` covers the request, too */
    if (result == CONN_OK) {
        waiter_leave(&pipe->stage);
        pipe->events.on_drained(pipe->context);
    } else if (!was_blocked || pipe->out.bytes < before) {
        waitline_join(&pipes->stalled, &pipe->stage, pipes->now_ms);
    }
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
    set_interest(pipe);
}

void origin_pipe_resume(struct origin_pipe *pipe)
{
    CHECK(pipe->state != PIPE_OVER);
    if (!pipe->is_paused)
        return;
    pipe->is_paused = false;
    set_interest(pipe);
    if (is_reading(pipe))
        enlist(pipe, &pipe->pipes->readable);
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
        (void)send_queued(pipe);
        conn_close(pipe->conn);
    }
    sendq_clear(&pipe->out);
    upgrade_free(pipe->upgrade);
    buf_done(&pipe->early);
    free(pipe);
}
