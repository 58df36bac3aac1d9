/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes encoded once and lent to every socket that carries them.
 *
 *     router thread                frontend thread (one of N)
 *     item --wire--> zmq frame --> msgbuf ---> outq of connection 1
 *                                    |-------> outq of connection 2
 *                                    `-------> ...
 *
 * The bytes are written before the first reference leaves and never again.
 * The count is a plain integer because a msgbuf never leaves its frontend
 * thread: what crosses threads is the frame underneath, whose own count is
 * atomic.
 *
 * Thread: the frontend that made it, and only that one.
 * Life:   from its maker until the last msgbuf_unref().
 */
#ifndef COMMON_MSGBUF_H
#define COMMON_MSGBUF_H

#include "common/base.h"
#include "common/check.h"
#include "common/span.h"

struct msgbuf {
    unsigned refs; /* outqs holding us, plus whoever is handing us around */
    size_t charge; /* bytes that stay in memory as long as we do */
    void (*free)(struct msgbuf *buf);
};

/* Returns: a msgbuf that owns a copy of `bytes`, with one reference, the caller's. */
MUST_USE struct msgbuf *msgbuf_copy(struct span bytes);

/* The bytes of a msgbuf made by msgbuf_copy(). Borrows: as long as a reference is held. */
struct span msgbuf_bytes(const struct msgbuf *buf);

/* One more holder; NULL (bytes that live for ever) passes through. */
static inline struct msgbuf *msgbuf_ref(struct msgbuf *buf)
{
    if (buf)
        buf->refs++;
    return buf;
}

/* One holder less; the last one frees the bytes. NULL is accepted. */
static inline void msgbuf_unref(struct msgbuf *buf)
{
    if (!buf)
        return;
    CHECK(buf->refs > 0);
    if (--buf->refs == 0)
        buf->free(buf);
}

#endif
