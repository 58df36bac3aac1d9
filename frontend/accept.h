/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of a frontend: its listening sockets and the connections that came
 * through them, as long as they are h2o's.
 *
 * A connection is greeted (common/greeting.h): its first bytes, or with TLS its
 * handshake, tell whether it goes to h2o's HTTP/1 server or through h2gate.h to
 * the one of HTTP/2. A held HTTP/1 answer leaves through raw.h and may come back
 * here afterwards with its connection.
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_ACCEPT_H
#define FRONTEND_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/address.h"
#include "common/base.h"
#include "common/engine.h"
#include "common/limits.h"
#include "common/loop.h"
#include "common/span.h"
#include "common/stats.h"
#include "frontend/previds.h"

struct doors;
struct relay;
struct tls;

struct doors_parts {
    struct loop *loop;
    struct engine *engine;
    struct stats *stats;
    const int *fds;                  /* bound sockets; taken */
    const struct address *addresses; /* theirs */
    size_t count;
    SSL_CTX *tls; /* for addresses with TLS, until doors_renew(); NULL where there is none */
    const struct limits *limits;
    uint64_t most_connections;
    uint64_t wait_ms; /* for the greeting */
    bool http2;       /* whether HTTP/2 is spoken */
};

/* Borrows: what `parts` points to, until doors_free(). */
MUST_USE struct doors *doors_new(const struct doors_parts *parts);

/* Every connection must be gone. */
void doors_free(struct doors *doors);

/* Handshakes that begin from now on are made from `tls`. Borrows: until the next call. */
void doors_renew(struct doors *doors, SSL_CTX *tls);

/* Starts listening. */
void doors_open(struct doors *doors);

/* Stops listening. */
void doors_close(struct doors *doors);

/* Closes the connections that wait for a request: h2o reads an end on them, and only on them. The
 * others go after their current answer. */
void doors_cut_idle(struct doors *doors);

/* Cuts what is left. */
void doors_cut(struct doors *doors);

/* Takes: `fd`, an HTTP/1 connection that served a hold, and its `tls`, if any; `leftover` is what already arrived. Its
 * first request, if `retry` is not NULL, finds that by doors_claim(); takes what it refers to. */
void doors_take_back(struct doors *doors, int fd, struct tls *tls, struct span leftover,
                     const struct retry *retry);

/* Returns: whether `request` is one that a connection was taken back with, to be served once more;
 * then `*retry` is what it takes along, and the caller's. No later request of it is. */
MUST_USE bool doors_claim(const h2o_req_t *request, struct retry *retry);

/* h2o is about to be given the head of an answer (h2gate.h). */
void doors_talk(const h2o_req_t *request);

/* h2o has the answer to an HTTP/2 request, or will have it piece by piece. Borrows: `relay`, or NULL
 * where it is whole, until h2o disposes of the request (h2answer.h). */
void doors_answer(h2o_req_t *request, const struct relay *relay);

/* The client of an HTTP/2 request left it while its origin was at work. */
void doors_give_up(const h2o_req_t *request);

/* Ends an HTTP/2 request with a reset, whatever waits for its window (h2gate.h).
 * Returns: false where that cannot be done. */
MUST_USE bool doors_reset(h2o_req_t *request);

/* Connections that are h2o's at present. */
size_t doors_count(const struct doors *doors);

/* Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t doors_turn(struct doors *doors, uint64_t now_ms);

#endif
