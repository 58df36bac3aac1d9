/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one pipe; for origin_pipes.c, which moves it along.
 *
 *     WAITING ─► CONNECTING ─► ASKING ─► OPEN ─► OVER
 *        ▲            │           `─ refused ─────▲
 *        `─ next target
 *
 * As with exchanges, everything a pipe may wait for is a list of the pool, and
 * leaving is always safe. Callbacks to the owner are made here only; any of
 * them may end any pipe, this one included, so nothing is freed before
 * the end of the turn.
 *
 * Thread: the frontend's.
 * Life:   from origin_pipe_open() to pipe_free(), which its state OVER comes before.
 */
#ifndef FRONTEND_ORIGIN_PIPE_LIFE_H
#define FRONTEND_ORIGIN_PIPE_LIFE_H

#include "common/buf.h"
#include "common/list.h"
#include "frontend/origin_conn.h"
#include "frontend/origin_lanes.h"
#include "frontend/origin_pipe.h"
#include "frontend/origin_upgrade.h"
#include "frontend/sendq.h"
#include "frontend/waitline.h"
#include "frontend/wsmask.h"

struct pipes {
    const struct limits *limits; /* borrowed */
    struct stats *stats;         /* borrowed */
    struct conns *conns;
    struct lanes *lanes; /* of handshakes */
    struct waitline connecting, answering, streaming, stalled, total;
    struct list live;      /* all pipes that are not OVER */
    struct list startable; /* it is their turn with their target */
    struct list refused;   /* on_end is owed */
    struct list readable;  /* there may be bytes to read */
    struct list writable;  /* there are bytes to send, and maybe room */
    struct list over;      /* only memory and a connection are left */
    struct wsmasks masks;
    uint64_t now_ms;
    char buffer[16384]; /* what is being read */
};

enum pipe_state { PIPE_WAITING, PIPE_CONNECTING, PIPE_ASKING, PIPE_OPEN, PIPE_OVER };

struct origin_pipe {
    struct pipes *pipes;
    struct list live;
    struct list todo;    /* startable, refused, readable or over */
    struct list sending; /* writable */
    enum pipe_state state;
    struct origin_pipe_events events;
    void *context;
    const struct target *targets; /* borrowed until it is open */
    size_t target_count, tried;   /* the target in use is targets[tried] */
    struct place place;           /* in the lane of that target, until it is open */
    struct waiter stage;          /* connecting, answering, streaming or stalled */
    struct waiter total;          /* until it is open */
    struct conn *conn;            /* NULL while there is none */
    struct upgrade *upgrade;      /* NULL once it is open */
    struct sendq out;
    struct buf early; /* came with the head, and the owner paused */
    bool is_paused;
    bool is_blocked; /* the kernel takes no more of `out` */
    const char *refusal;
};

/* Whether bytes of the origin are wanted now. */
static inline bool pipe_is_reading(const struct origin_pipe *pipe)
{
    return (pipe->state == PIPE_ASKING || pipe->state == PIPE_OPEN) && !pipe->is_paused;
}

/* --- origin_pipe.c: from one state to the next --- */

/* Puts it on a list of what the turn has to do, off any other. */
void pipe_enlist(struct origin_pipe *pipe, struct list *list);

/* Lets its connection be watched for what the pipe waits for. */
void pipe_set_interest(struct origin_pipe *pipe);

/* It is its turn: connects to its target. */
void pipe_start(struct origin_pipe *pipe);

/* The target could not be connected to: the next one may have it. */
void pipe_try_next_target(struct origin_pipe *pipe, const char *why);

/* Connected: asks for the WebSocket. */
void pipe_ask(struct origin_pipe *pipe);

/* The origin agreed: nothing is waited for any more. */
void pipe_opened(struct origin_pipe *pipe);

/* Calls on_end; the pipe is OVER. */
void pipe_end(struct origin_pipe *pipe, enum reason reason, const char *detail);

/* Closes and frees one that is OVER. */
void pipe_free(struct origin_pipe *pipe);

/* --- origin_pipe_flow.c: what goes through --- */

/* Reads what there is, up to some amount; then the pipe is put on `readable` again. */
void pipe_read(struct origin_pipe *pipe);

/* Sends what is queued, and deals with what comes of it. */
void pipe_write(struct origin_pipe *pipe);

/* Sends what is queued. Returns: CONN_OK when that was all. */
enum conn_result pipe_send_queued(struct origin_pipe *pipe);

#endif
