/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a WebSocket's client did and its origin has not accepted yet.
 *
 *     wohqueue_add() ─► waiting ─► wohqueue_take() ─► sending ─► wohqueue_settle()
 *                          ▲         one request's body              │
 *                          └────── what was not accepted ────────────┘
 *
 * The body of a request stays until the origin answered it: a request that
 * could not be delivered is sent again as it was, and what an origin did not
 * accept goes back before what came meanwhile. So the order is total.
 *
 * Thread: its frontend's.
 * Life:   `= {0}`, then wohqueue_done(). Costs nothing while empty.
 * Spec:   GRIP 5.4, 5.5 "Content-Bytes-Accepted", 5.6.
 */
#ifndef FRONTEND_WOHQUEUE_H
#define FRONTEND_WOHQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/wsevents.h"

struct wohqueue {
    struct buf waiting, sending; /* events, encoded */
    uint32_t left_over;          /* content bytes at the front of `waiting` that were sent before */
    uint32_t replayed;           /* content bytes of `sending` that were sent before */
    bool has_news;               /* something waits that was never sent */
};

#define WOHQUEUE_ALL UINT64_MAX

void wohqueue_add(struct wohqueue *queue, enum wsevent_kind kind, struct span content);

/* Moves what waits, or only its first event, to `sending`, which must be empty. */
void wohqueue_take(struct wohqueue *queue, bool is_one_event);

/* The origin accepted the first `accepted` content bytes of what was sent, WOHQUEUE_ALL for all.
 * Returns: false where that is more than there were. */
MUST_USE bool wohqueue_settle(struct wohqueue *queue, uint64_t accepted);

/* Bytes the queue keeps. */
static inline size_t wohqueue_bytes(const struct wohqueue *queue)
{
    return queue->waiting.len + queue->sending.len;
}

/* Drops all. */
void wohqueue_done(struct wohqueue *queue);

#endif
