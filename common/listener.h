/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket in a loop: accepts, and knows when not to.
 *
 * Out of descriptors, or told by its owner that there are enough
 * connections, it stops asking the kernel for a moment instead of spinning:
 * the connections that exist are not hurt, those that wait stay in the
 * kernel's queue.
 *
 * Thread: the loop's.
 */
#ifndef COMMON_LISTENER_H
#define COMMON_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/loop.h"

struct listener;

struct listener_events {
    /* Whether one more connection may be accepted now. */
    bool (*may_accept)(void *context);
    /* A new connection: non-blocking, close-on-exec; the callee's from here on. */
    void (*on_accept)(void *context, int fd);
    /* Accepting pauses; `why` is for the log. */
    void (*on_pause)(void *context, const char *why);
};

/* Takes: `fd`, bound and not yet listening.
 * Borrows: `events` and `context` until listener_free(). */
MUST_USE struct listener *listener_new(struct loop *loop, int fd,
                                       const struct listener_events *events, void *context);

/* Starts listening and accepting. */
void listener_open(struct listener *listener);

/* Closes the socket; what was accepted stays. NULL is accepted. */
void listener_free(struct listener *listener);

/* Called each turn: ends a pause that has lasted long enough.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t listener_turn(struct listener *listener, uint64_t now_ms);

#endif
