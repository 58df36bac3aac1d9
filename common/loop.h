/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread's event loop: h2o's, turned by us.
 *
 * One turn is: h2o waits for readiness and runs its callbacks, then the
 * owner's turn function does everything else in a fixed order. Other
 * descriptors (ZeroMQ sockets, a nested epoll set) only end the wait;
 * what they have to say is asked for in the turn function. A ZeroMQ
 * descriptor is edge-triggered, so asking each turn is what makes it safe:
 * no event can be swallowed by another call on the socket.
 *
 * Thread: one per loop.
 * Spec:   docs/decisions/0006 (the few files that may name h2o).
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdint.h>

#include <h2o.h>

#include "common/base.h"

struct loop;

#define LOOP_NEVER UINT64_MAX

/* Does all work that is due at `now_ms`, a bounded amount.
 * Returns: milliseconds after which it wants to be called again even if nothing happens:
 *          0 where work is left, LOOP_NEVER for no wish. */
typedef uint64_t loop_turn_fn(void *context, uint64_t now_ms);

/* Before the next wait, when all callbacks of the turn have run as well. */
typedef void loop_settle_fn(void *context);

MUST_USE struct loop *loop_new(void);

/* Everything h2o keeps in the loop must be gone. */
void loop_free(struct loop *loop);

/* h2o's half, for its own calls. */
h2o_loop_t *loop_h2o(struct loop *loop);

/* Milliseconds as of the last wait, by a clock that nobody sets (clock_monotonic_ms()). */
uint64_t loop_now_ms(struct loop *loop);

/* How many turns have begun. What h2o is told in one turn, or in the callbacks before it, has
 * reached its epoll set when the next one begins. */
uint64_t loop_turns(const struct loop *loop);

/* From now on the wait also ends when `fd` is readable; it is duplicated, not taken. */
void loop_wake_on(struct loop *loop, int fd);

/* The same for a ZeroMQ socket, after whose calls nothing needs to be rechecked. */
void loop_wake_on_zmq(struct loop *loop, void *zmq_socket);

/* `settle` is called before each wait for readiness; one per loop. */
void loop_before_wait(struct loop *loop, loop_settle_fn *settle, void *context);

/* Turns until loop_stop(). */
void loop_run(struct loop *loop, loop_turn_fn *turn, void *context);

/* Lets loop_run() return after the current turn. */
void loop_stop(struct loop *loop);

#endif
