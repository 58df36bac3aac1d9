/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to the control listener where TLS is spoken, from its first byte to the end of its
 * handshake.
 *
 *     first bytes ─┬─ TLS ─► in line ─► handshake ─┬─ agreed ─► on_agreed: h2o's
 *                  │                               └─ not ─┐
 *                  └─ plain text ─► a 400 that says so ────┴─► an answer, then its end is awaited
 *
 * Handshakes are costly: a turn begins a few, so that a storm of them does not delay publications.
 *
 * Thread: the router's.
 * Life:   from greeting_begin() to greeting_done(), which an owner calls when its socket closes.
 */
#ifndef ROUTER_GREETING_H
#define ROUTER_GREETING_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/stats.h"

struct greeting;

struct greetings {
    struct loop *loop;
    struct stats *stats;
    SSL_CTX *tls;       /* for handshakes that begin from now on; borrowed */
    uint64_t wait_ms;   /* for all of it; a turned away one is closed after as long */
    struct list all;    /* struct greeting, in the order of their ends */
    struct list hellos; /* those whose handshake is to begin */
    /* The handshake has ended well; the socket is ready for h2o. */
    void (*on_agreed)(struct greeting *greeting);
    /* The connection goes on as another socket, which wants the owner's on_close. */
    void (*on_moved)(struct greeting *greeting);
};

struct greeting {
    struct greetings *owner;
    h2o_socket_t *socket; /* borrowed */
    struct list node;
    struct list hello;
    uint64_t until_ms;
    bool is_turned_away;
};

/* Everything but the lists is the caller's to set. */
void greetings_init(struct greetings *greetings);

/* Takes over the events of `socket` until it is agreed or closed; its data is the greeting's. */
void greeting_begin(struct greeting *greeting, struct greetings *owner, h2o_socket_t *socket);

/* The socket was closed. One that never began, or has agreed, is accepted. */
void greeting_done(struct greeting *greeting);

/* Whether there is no agreement yet. */
bool greeting_goes_on(const struct greeting *greeting);

/* Closes the one of `all` that has waited longest, so that strangers who say nothing keep no
 * publisher out. */
void greetings_make_room(struct greetings *greetings);

/* Begins some handshakes, and closes those that took too long.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t greetings_turn(struct greetings *greetings, uint64_t now_ms);

#endif
