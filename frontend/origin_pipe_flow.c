/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes through a pipe, in both directions (frontend/origin_pipe_life.h).
 */
#include "frontend/origin_pipe_life.h"

#define MOST_READS 4 /* at a time: others want to be heard, too */

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
    if (!pipe_is_reading(pipe))
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
    pipe_opened(pipe);
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
    else if (how == CONN_END && upgrade_end(pipe->upgrade))
        tell_refusal(pipe);
    else
        pipe_end(pipe, REASON_ORIGIN_CUT,
                 "the origin ended the connection before its answer was whole");
}

void pipe_read(struct origin_pipe *pipe)
{
    struct pipes *pipes = pipe->pipes;
    hand_over_early(pipe);
    for (unsigned reads = 0; pipe_is_reading(pipe); reads++) {
        if (reads == MOST_READS) {
            pipe_enlist(pipe, &pipes->readable);
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
    pipe_set_interest(pipe);
}

/* Nothing can be sent any more, but the origin may have said why. */
static void give_up_sending(struct origin_pipe *pipe)
{
    sendq_clear(&pipe->out);
    pipe_read(pipe);
    if (pipe->state != PIPE_OVER)
        pipe_end(pipe, REASON_ORIGIN_CUT, "the connection to the origin failed");
}

enum conn_result pipe_send_queued(struct origin_pipe *pipe)
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
    enum conn_result result = pipe_send_queued(pipe);
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
