/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection still has to send: references, in order, never copies.
 *
 *     outq   head -> [msgbuf A, span] -> [msgbuf B, span] <- tail
 *                        |                   |
 *                     frame A             frame B        shared with every other outq
 *
 * An empty queue holds no memory. Slots come from one slab per frontend, so a
 * push is a few stores. The queue is charged for the whole msgbufs it keeps
 * alive, not for the bytes it still has to send.
 *
 * Thread: its frontend's.
 * Life:   `= {0}`; outq_clear() gives everything back.
 */
#ifndef FRONTEND_OUTQ_H
#define FRONTEND_OUTQ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/base.h"
#include "common/msgbuf.h"
#include "common/slab.h"

struct outslot {
    struct outslot *next;
    struct msgbuf *buf; /* shares; NULL for bytes that live for ever */
    const char *at;
    uint32_t len;
};

struct outq {
    struct outslot *head, *tail;
    size_t charge;  /* bytes of all msgbufs referred to */
    uint32_t items; /* slots */
};

static inline bool outq_is_empty(const struct outq *out)
{
    return out->head == NULL;
}

/* Appends `bytes`, which `buf` keeps alive (NULL: they live for ever). Empty bytes add nothing.
 * Shares: `buf`. */
void outq_push(struct outq *out, struct slab *slots, struct msgbuf *buf, struct span bytes);

/* Fills `vec` with the front of the queue, at most `room` pieces.
 * Returns: how many. */
size_t outq_gather(const struct outq *out, struct iovec *vec, size_t room);

/* Forgets the first `bytes` bytes: they were sent. */
void outq_consume(struct outq *out, struct slab *slots, size_t bytes);

void outq_clear(struct outq *out, struct slab *slots);

#endif
