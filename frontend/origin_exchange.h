/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one exchange; for origin.c, which moves it along.
 *
 *     exchange_new() ─► startable ─► exchange_start() ─► exchange_end()
 *                  \        ▲  ▲            │
 *                   ▼       │   `── exchange_try_next_target()
 *              waits in its lane
 *
 * Everything it may wait for is a list of the pool; it is on one of them at a
 * time, and leaving is always safe. Callbacks to the asker are made here only.
 *
 * Thread: the frontend's.
 * Life:   from exchange_new() to exchange_end(), or exchange_withdraw() and exchange_free().
 */
#ifndef FRONTEND_ORIGIN_EXCHANGE_H
#define FRONTEND_ORIGIN_EXCHANGE_H

#include "common/list.h"
#include "frontend/origin.h"
#include "frontend/origin_lanes.h"
#include "frontend/origin_multi.h"
#include "frontend/origin_request.h"
#include "frontend/origin_transfer.h"
#include "frontend/waitline.h"

struct origins {
    const struct limits *limits; /* borrowed */
    struct stats *stats;         /* borrowed */
    struct multi *multi;
    struct transfers *transfers;
    struct lanes *lanes;
    struct pipes *pipes; /* frontend/origin_pipe.h */
    struct waitline connecting, answering, streaming, total;
    struct list live;      /* all exchanges but the cancelled ones */
    struct list startable; /* it is their turn with their target */
    struct list refused;   /* on_end is owed */
    struct list resumed;
    struct list cancelled; /* only memory and a handle are left */
    size_t in_flight, allowed_connections;
    uint64_t now_ms;
    const struct exchange *speaking; /* whose callback runs */
};

struct exchange {
    struct origins *origins;
    struct list live;
    struct list todo; /* on one of the lists of what the next turn has to do */
    struct origin_events events;
    void *context;
    struct request request;
    const struct target *targets; /* borrowed */
    size_t target_count, tried;   /* the target in use is targets[tried] */
    struct place place;           /* in the lane of that target */
    struct waiter stage;          /* connecting, answering or streaming */
    struct waiter total;
    struct transfer *transfer; /* NULL while there is none under way */
    bool is_paused;
    enum reason refusal;
    const char *refusal_detail;
};

/* What exchanges want of a transfer. */
extern const struct transfer_events exchange_transfer_events;

/* Makes an exchange and puts it in the lane of its first target. */
MUST_USE struct exchange *exchange_new(struct origins *origins, const struct ask *ask,
                                       const struct origin_events *events, void *context);

/* Sends it to the target whose turn it is: it was on the list `startable`. */
void exchange_start(struct exchange *exchange);

/* The target could not be connected to: nothing was sent, the next one may have it. */
void exchange_try_next_target(struct exchange *exchange, const char *why);

/* Calls on_end and frees the exchange. */
void exchange_end(struct exchange *exchange, enum reason reason, const char *detail);

/* Takes it off every list and out of its lane: nothing will be called back any more. */
void exchange_withdraw(struct exchange *exchange);

/* Never inside a callback of libcurl. */
void exchange_free(struct exchange *exchange);

#endif
