/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket to an origin: the way of routes that are not over_http.
 *
 *     origin_pipe_open() ─► [queue of that origin] ─► connect ─► handshake
 *       on_head     101, checked: the pipe is open. Or any other answer, whole: on_end follows
 *       on_bytes    the frames, as they come
 *       on_drained  all that was sent has left
 *       on_end      exactly once: the origin ended the connection, or what went wrong
 *     origin_pipe_frame(), origin_pipe_send()   queue; origin_pipe_queued() says how much waits
 *
 * Targets are tried left to right, as by origin_ask(); only a failure to
 * connect (or of TLS) moves on to the next. A handshake takes a place in the
 * queue of its origin, an open pipe none. A pipe knows nothing of frames but
 * how to mask one: who reads them is told bytes, and answers what has to be.
 *
 * Thread: its frontend's; callbacks run in origins_turn() only.
 * Life:   from origin_pipe_open() to the return of on_end, or to origin_pipe_close(), which may
 *         be called at any time but inside on_end.
 * Spec:   GRIP 5.1, 5.12; RFC 6455 4.1, 5.3.
 */
#ifndef FRONTEND_ORIGIN_PIPE_H
#define FRONTEND_ORIGIN_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/answer.h"
#include "common/base.h"
#include "common/reason.h"
#include "common/wsframe.h"
#include "frontend/origin.h"

struct origin_pipe;

struct origin_pipe_events {
    /* The answer's status is 101, or it is a refusal with its body, cut at refusal_bytes. Which
     * protocol and extensions it names is for the owner to judge. Spans are good until return. */
    void (*on_head)(void *context, const struct answer *answer);
    /* 1 byte to 16 KiB, the owner's to change until return. They don't come a second time: who
     * can take no more afterwards says origin_pipe_pause(). */
    void (*on_bytes)(void *context, char *bytes, size_t len);
    /* What was sent has gone to the kernel, all of it. */
    void (*on_drained)(void *context);
    /* REASON_NONE: the refusal was whole, or the origin ended an open connection in an orderly
     * way. Else what went wrong; `detail` as in struct origin_events. */
    void (*on_end)(void *context, enum reason fault, const char *detail);
};

/* Starts to open a pipe. Of `ask` the method (GET), the body and is_safe do not matter; headers
 * of hops and of the handshake are left out, and written anew.
 * Borrows: `ask->targets` until on_head or on_end; everything else of `ask` is copied.
 * Returns: the pipe, which ends by on_end or origin_pipe_close(). */
MUST_USE struct origin_pipe *origin_pipe_open(struct origins *origins, const struct ask *ask,
                                              const struct origin_pipe_events *events,
                                              void *context, uint64_t now_ms);

/* The following three are for a pipe that on_head told to be open. */

/* Queues a masked frame; it leaves in the next origins_turn(). `is_final`: it ends its message. */
void origin_pipe_frame(struct origin_pipe *pipe, enum ws_opcode opcode, bool is_final,
                       struct span payload);

/* Queues bytes that are frames already. */
void origin_pipe_send(struct origin_pipe *pipe, struct span bytes);

/* Returns: bytes that wait to be sent. Nothing bounds them here: whoever lets a client fill the
 * pipe stops reading from it in time. */
size_t origin_pipe_queued(const struct origin_pipe *pipe);

/* No on_bytes before origin_pipe_resume(), nor an end that only reading would find. */
void origin_pipe_pause(struct origin_pipe *pipe);
void origin_pipe_resume(struct origin_pipe *pipe);

/* Ends a pipe without a further callback. What is queued still leaves, as far as the kernel takes
 * it at once. */
void origin_pipe_close(struct origin_pipe *pipe);

#endif
