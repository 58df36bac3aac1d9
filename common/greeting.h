/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection from its first byte to h2o.
 *
 *     first bytes ─┬─ TLS ─► in line ─► handshake ─┬─ agreed (ALPN) ─► on_agreed: h2o's
 *                  │                               └─ not ─► its alert ─┐
 *                  ├─ plain text ─► on_agreed                           ├─► the end is awaited
 *                  └─ the other of the two ─► an answer that says so ───┘
 *
 * Handshakes are costly: a turn begins a few, so that a storm of them delays nobody else.
 *
 * Thread: the loop's.
 * Life:   from greeting_begin() to greeting_done(), which an owner calls when its socket closes.
 * Spec:   docs/decisions/0011, 0017.
 */
#ifndef COMMON_GREETING_H
#define COMMON_GREETING_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/stats.h"

struct greeting;

/* What client and server have agreed to speak. */
enum greeted { GREETED_HTTP1, GREETED_HTTP2 };

struct greetings {
    struct loop *loop;
    struct stats *stats;
    SSL_CTX *tls;       /* for handshakes that begin from now on; borrowed */
    const char *whom;   /* for the log: "connection" */
    uint64_t wait_ms;   /* for all of it; a turned away one is closed after as long */
    int most_hellos;    /* handshakes that one turn begins */
    bool has_http2;     /* else who begins it is turned away */
    struct list all;    /* struct greeting, in the order of their ends */
    struct list hellos; /* those whose handshake is to begin */
    /* What is to be spoken is known; the socket is ready for h2o. */
    void (*on_agreed)(struct greeting *greeting, enum greeted protocol);
    /* The connection goes on as another socket, which wants the owner's on_close. */
    void (*on_moved)(struct greeting *greeting);
};

struct greeting {
    struct greetings *owner;
    h2o_socket_t *socket; /* borrowed */
    struct list node;
    struct list hello;
    uint64_t until_ms;
    bool is_tls; /* is to be spoken */
    bool is_turned_away;
};

/* Everything but the lists is the caller's to set. */
void greetings_init(struct greetings *greetings);

/* Takes over the events of `socket` until it is agreed or closed; its data is the greeting's. */
void greeting_begin(struct greeting *greeting, struct greetings *owner, h2o_socket_t *socket,
                    bool is_tls);

/* The socket was closed. One that never began, or has agreed, is accepted. */
void greeting_done(struct greeting *greeting);

/* Whether there is no agreement yet. */
bool greeting_goes_on(const struct greeting *greeting);

/* Closes the one of `all` that has waited longest, so that strangers who say nothing keep nobody
 * out. */
void greetings_make_room(struct greetings *greetings);

/* Begins some handshakes, and closes those that took too long.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t greetings_turn(struct greetings *greetings, uint64_t now_ms);

#endif
