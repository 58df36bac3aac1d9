/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks origins: puts one request to the targets of a route and brings the answer.
 *
 *     origin_ask() ─► [queue of that origin] ─► libcurl multi ─► origin
 *       on_head   once, when the final head is whole and strictly checked
 *       on_body   for each piece of the body; may ask to pause
 *       on_end    exactly once: whole, or why not
 *
 * Targets are tried left to right; only a failure to connect (or of TLS)
 * moves on to the next. A request that is not safe to repeat is never sent
 * twice; a safe one is retried once when a reused connection turns out dead.
 * Each origin (scheme, host, port) has a cap on exchanges in flight and a
 * bounded queue.
 *
 * Thread: one pool per frontend; callbacks run on its thread, in origins_turn() only.
 * Life:   an exchange lives from origin_ask() to the return of on_end, or to
 *         origin_cancel(), which may be called at any time but inside its own callbacks.
 * Spec:   GRIP 1.6; docs/decisions/0008.
 */
#ifndef FRONTEND_ORIGIN_H
#define FRONTEND_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/answer.h"
#include "common/limits.h"
#include "common/reason.h"
#include "common/route.h"
#include "common/stats.h"
#include "frontend/poller.h"

struct origins;  /* the pool */
struct exchange; /* one request and its answer */

struct ask {
    const struct target *targets; /* of kind TARGET_ORIGIN; borrowed until on_end */
    size_t target_count;
    struct span method;
    struct span path;             /* path and query, starts with '/' */
    const struct header *headers; /* all that is sent, Host included, framing excluded */
    size_t header_count;
    struct span body;
    bool is_safe; /* may be sent again (GET, HEAD, OPTIONS...) */
};

enum origin_flow { ORIGIN_MORE, ORIGIN_PAUSE };

struct origin_events {
    /* The final answer's head; spans are good until it returns. */
    void (*on_head)(void *context, const struct answer *answer);
    /* A piece of the body, 1..16 KiB. ORIGIN_PAUSE: the same bytes come again after
     * origin_resume(). */
    enum origin_flow (*on_body)(void *context, struct span piece);
    /* REASON_NONE: the answer is whole. Else what went wrong; `detail` (static or good until
     * return) says it for the log and for debug routes. After on_head: the body was cut. */
    void (*on_end)(void *context, enum reason fault, const char *detail);
};

/* Borrows: all arguments until origins_free(). `share` is how many pools the process has: the
 * caps per origin are divided by it. */
MUST_USE struct origins *origins_new(struct poller *poller, const struct limits *limits,
                                     struct stats *stats, unsigned share);

/* Cancels what is under way. */
void origins_free(struct origins *origins);

/* Connections to https origins that begin from now on are made after `model`
 * (tlscontext_imitate()). Borrows: until the next call, or origins_free(). */
void origins_renew(struct origins *origins, SSL_CTX *model);

/* Starts an exchange. What can't be put on a wire ends with REASON_BAD_REQUEST.
 * Borrows: `ask->targets` and `ask->body` until the end of the exchange; everything else of
 *          `ask` is copied.
 * Returns: the exchange, which ends by on_end or origin_cancel(). */
MUST_USE struct exchange *origin_ask(struct origins *origins, const struct ask *ask,
                                     const struct origin_events *events, void *context,
                                     uint64_t now_ms);

/* Lets a paused body come again, in the next origins_turn(). Anywhere else than in a pause it
 * does nothing. */
void origin_resume(struct exchange *exchange);

/* Ends an exchange without a further callback; the connection is not reused. */
void origin_cancel(struct exchange *exchange);

/* Called once at the end of each loop turn: runs what is due (libcurl's timer, deadlines,
 * queues, finished exchanges).
 * Returns: milliseconds until it wants to be called again at the latest, UINT64_MAX for never;
 *          0 where work is left. */
uint64_t origins_turn(struct origins *origins, uint64_t now_ms);

/* Whether something was asked since the last origins_turn() that only the next one does: for
 * whoever lets others have their turn later, and must not sleep then. */
bool origins_have_work(const struct origins *origins);

#endif
