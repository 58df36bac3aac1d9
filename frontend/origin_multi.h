/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi interface inside our epoll set.
 *
 *     poller_run()   a descriptor is ready: only noted, on the ready list
 *     multi_step()   hands one of them to libcurl        `- in origins_turn(),
 *     multi_tick()   runs libcurl's timer when it is due  | and nowhere else
 *     multi_settle() brings epoll up to date             -'
 *
 * A descriptor that libcurl has put into its pool of idle connections stays
 * watched (frontend/origin_sock.h): no byte may come there. libcurl would take
 * one for the next request's answer, so such a connection is killed before
 * libcurl can choose it again. What arrives only after the next request has
 * left can't be told from its answer: that is HTTP/1.1.
 *
 * Thread: one per frontend. libcurl runs only inside multi_step(), multi_tick()
 *         and multi_stop(), so nothing is freed while the poller goes through a batch.
 */
#ifndef FRONTEND_ORIGIN_MULTI_H
#define FRONTEND_ORIGIN_MULTI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "common/base.h"
#include "frontend/poller.h"

struct multi;

/* An easy handle and the connection it rides on; embedded in whatever transfers. */
struct ride {
    CURL *easy; /* owned */
    int fd;     /* of its connection, -1 for none (yet) */
};

/* Borrows: `poller` until multi_free(). Keeps up to `connections` of them. */
MUST_USE struct multi *multi_new(struct poller *poller, size_t connections);

/* Wants every ride done first. */
void multi_free(struct multi *multi);

/* Lets libcurl have `connections` of them; never below what is in flight, or each exchange
 * closes its connection. */
void multi_allow(struct multi *multi, size_t connections);

/* TLS connections that begin from now on are made after `model` (tlscontext_imitate()); without
 * one, as libcurl does it. Borrows: until the next call. */
void multi_renew(struct multi *multi, SSL_CTX *model);

/* Makes the easy handle. CURLOPT_PRIVATE and the options about sockets are ours. */
void ride_init(struct ride *ride, struct multi *multi);
void ride_done(struct ride *ride);

void multi_start(struct multi *multi, struct ride *ride);

/* Takes the handle out; a connection in the middle of an exchange is closed.
 * Never inside a callback of libcurl. */
void multi_stop(struct multi *multi, struct ride *ride);

/* What time it is until said otherwise. */
void multi_set_time(struct multi *multi, uint64_t now_ms);

/* Lets libcurl act on one descriptor that is ready.
 * Returns: false when there was none. */
bool multi_step(struct multi *multi);

/* Runs libcurl's timer if it is due. */
void multi_tick(struct multi *multi);

/* Returns: a ride that came to its end with `*code`, to be stopped now; or NULL. */
MUST_USE struct ride *multi_finished(struct multi *multi, CURLcode *code);

/* Kills connections that became idle with bytes nobody asked for, and tells epoll what
 * changed. After it, and before the next callback, requests may be started. */
void multi_settle(struct multi *multi);

/* Returns: when libcurl's timer is due; UINT64_MAX for never. */
uint64_t multi_due(const struct multi *multi);

#endif
