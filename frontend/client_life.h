/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client as its own files see it: what it is, and how it is answered for good.
 *
 *     client.c        its birth, its turn, its end
 *     client_ask.c    checked, routed, put to the origin; the answer as it comes
 *     client_obey.c   what an instruction does: answer, stream, long-poll
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_CLIENT_LIFE_H
#define FRONTEND_CLIENT_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include <h2o.h>

#include "common/answer.h"
#include "common/buf.h"
#include "common/rawhead.h"
#include "common/reason.h"
#include "frontend/forward.h"
#include "frontend/leaving.h"
#include "frontend/relay.h"

struct parts;
struct presence;
struct previds;

enum stage {
    ASKING,     /* the origin has not answered yet */
    RELAYING,   /* its answer streams through */
    COLLECTING, /* its answer is an instruction; the body is read whole */
    AGAIN,      /* is to be put to its origin once more */
    LEAVING,    /* waits for the turn in which its connection can leave h2o: raw_take() */
    ANSWERED,   /* the request is h2o's, or a hold's */
};

struct client {
    struct parts *parts;
    struct client **ref; /* in the request's pool: what is told when h2o disposes of it */
    h2o_req_t *request;
    const struct route *route;
    struct destination to;
    struct rawhead raw;        /* HTTP/1 only */
    uint64_t turn;             /* of the loop, when it arrived */
    struct exchange *exchange; /* NULL when none is under way */
    enum stage stage;
    struct answer told; /* COLLECTING: the head, in the request's pool */
    struct buf body;    /* COLLECTING: owned */
    struct relay relay; /* RELAYING */
    struct list node;   /* parts->clients */
    struct list due;    /* parts->due */
    enum reason fault;  /* why clients_turn() is to refuse it */
    bool is_known;      /* it was counted: it comes back from a hold */
    struct leaving leaving;
    struct previds *previds;   /* owned: what the origin is told when asked once more, or NULL */
    struct presence *presence; /* owned: from when the origin is asked; NULL once a hold has it */
};

/* ---- client.c ---- */

/* The request is about to be answered for good: nothing of ours may come later. */
h2o_req_t *client_let_go(struct client *client);

/* The request, which lives on, has nothing to do with its client any more. */
void client_free(struct client *client);

/* Cancels what is under way. */
void client_stop_asking(struct client *client);

/* `detail` (or NULL) is for the log, and for clients of a debug route. */
void client_refuse(struct client *client, enum reason reason, const char *detail);

/* A request whose framing is in doubt: said why, then the connection is closed. */
void client_refuse_malformed(struct client *client, enum reason reason, const char *why);

void client_log_refusal(const struct client *client, enum reason reason, const char *detail);

/* clients_turn() has something to do for it. */
void client_make_due(struct client *client);

/* Whether h2o's epoll set has forgotten the socket (raw_take()). */
bool client_is_movable(const struct client *client);

struct span client_body(const struct client *client);

/* ---- client_ask.c ---- */

/* Whether the request is as it should be; else it was refused. */
bool client_is_sound(struct client *client);

/* Routes it and puts it to its origin, or refuses it. */
void client_ask(struct client *client);

/* ---- client_obey.c ---- */

/* Does what client->told with client->body as its body says. */
void client_obey(struct client *client);

#endif
