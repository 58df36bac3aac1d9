/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that wait to be sent, in blocks that never move.
 *
 *     first ─► [sent sent WAIT] ─► [WAIT WAIT WAIT] ─► [WAIT ....] ◄─ last
 *                         ▲                                  ▲
 *                 sendq_front()                       sendq_reserve()
 *
 * TLS wants a write that could not go through to be tried again with the same
 * bytes at the same place, and at least as many; so what was once at the front
 * stays where it is, and may only grow. A block is as large as a TLS record.
 * An empty queue holds no memory.
 *
 * Thread: whoever owns it.
 * Life:   `= {0}`, then sendq_clear().
 */
#ifndef FRONTEND_SENDQ_H
#define FRONTEND_SENDQ_H

#include <stdbool.h>

#include "common/base.h"
#include "common/span.h"

struct sendblock;

struct sendq {
    struct sendblock *first, *last;
    size_t bytes; /* waiting */
};

static inline bool sendq_is_empty(const struct sendq *queue)
{
    return queue->first == NULL;
}

/* Makes room behind the content; `*room` (at least 1) says how much.
 * Returns: where the next bytes go, until the next call. */
MUST_USE char *sendq_reserve(struct sendq *queue, size_t *room);

/* The first `len` bytes of the room were written. */
void sendq_extend(struct sendq *queue, size_t len);

/* Appends a copy of `bytes`. */
void sendq_append(struct sendq *queue, struct span bytes);

/* What is to be sent next, in one piece; empty where nothing waits.
 * Borrows: until that is consumed; its end may move on meanwhile. */
struct span sendq_front(const struct sendq *queue);

/* Forgets the first `len` bytes of the front: they were sent. */
void sendq_consume(struct sendq *queue, size_t len);

void sendq_clear(struct sendq *queue);

#endif
