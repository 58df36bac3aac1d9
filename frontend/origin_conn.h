/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a target on which we speak ourselves.
 *
 *     conn_start() ─► libcurl resolves, connects, shakes hands
 *                         ├─ plain   we keep a duplicate of the descriptor, and let libcurl go
 *                         `─ TLS     libcurl stays, and with it the easy handle
 *     conn_recv(), conn_send(), conn_want()
 *
 * A plain connection is then a descriptor and this struct, not 12 KB of
 * libcurl. A TLS one has a connection cache to itself: curl_easy_recv() looks
 * its connection up by walking over the cache, which for all connections of
 * a frontend together would take longer than anything else here.
 *
 * Thread: one pool per frontend. libcurl runs in conns_turn() and in the calls about one
 *         connection, never in the poller's batch.
 * Life:   from conn_start() to conn_close().
 */
#ifndef FRONTEND_ORIGIN_CONN_H
#define FRONTEND_ORIGIN_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/list.h"
#include "common/route.h"
#include "common/span.h"
#include "frontend/poller.h"

struct conns; /* the pool */
struct conn;

enum conn_result {
    CONN_OK,
    CONN_AGAIN,  /* not now: conn_want() */
    CONN_END,    /* the other side has nothing more to say */
    CONN_BROKEN, /* the connection failed */
};

/* Borrows: `poller` until conns_free(). */
MUST_USE struct conns *conns_new(struct poller *poller);

/* Wants every connection closed first. */
void conns_free(struct conns *conns);

/* As multi_renew(). */
void conns_renew(struct conns *conns, SSL_CTX *model);

/* Starts to connect to `target`. `context` is for whoever gets the connection back.
 * Borrows: `target` until it is connected. */
MUST_USE struct conn *conn_start(struct conns *conns, const struct target *target, void *context);
void conn_close(struct conn *conn);
void *conn_context(const struct conn *conn);

/* Lets libcurl go on with what is connecting. */
void conns_turn(struct conns *conns, uint64_t now_ms);

/* Returns: a connection that is connected, with `*why` == NULL; or that failed, with why (good
 * until conn_close()); or NULL. */
MUST_USE struct conn *conns_connected(struct conns *conns, const char **why);

/* Returns: a connection on which something happened that conn_want() asked for, or NULL. */
MUST_USE struct conn *conns_ready(struct conns *conns, uint32_t *events);

/* Tells epoll what changed. */
void conns_settle(struct conns *conns);

/* Returns: when conns_turn() is due; UINT64_MAX for never. */
uint64_t conns_due(const struct conns *conns);

/* --- once connected; none of these waits --- */

MUST_USE enum conn_result conn_recv(struct conn *conn, char *to, size_t room, size_t *got);

/* Sends some of `bytes`. After CONN_AGAIN the same bytes must come again, at the same place, but
 * there may be more of them. */
MUST_USE enum conn_result conn_send(struct conn *conn, struct span bytes, size_t *sent);

/* Whether the last conn_recv() took all there was. Otherwise it must be called again before the
 * poller can be trusted: TLS may hold bytes back that it doesn't see. */
bool conn_is_drained(const struct conn *conn);

/* From conns_settle() on: EPOLLIN, EPOLLOUT, both or nothing. */
void conn_want(struct conn *conn, uint32_t events);

#endif
