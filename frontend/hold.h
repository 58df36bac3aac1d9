/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anything that can be delivered to.
 *
 * A hold is a client's request that stays open. What it says to its client is
 * its *kind* (stream, long-poll, WebSocket); how bytes leave is its *carrier*:
 * h2o as long as the request is h2o's (inner.h, parked.h), or a socket of our
 * own (raw.h).
 *
 *     publication -> channel -> hold -> kind->deliver()  appends to hold->out
 *                                 `---> carrier->flush() one gathered write, later
 *
 * Life, the place where programs of this kind crash:
 *   starting   from hold_join() until the head is flushed; what is published
 *              meanwhile queues in `out`
 *   held       until somebody wishes it gone: hold_doom() marks it
 *   ending     its last bytes are queued, it has left its channels
 *   gone       carrier->close() gave the connection back or closed it
 * No hold ends during a delivery: whoever wants it gone, a backlog, a close
 * action, libcurl, h2o or the client, only marks it; holds_turn() ends it at
 * the end of the loop turn.
 *
 * Thread: its frontend's, from birth to end.
 * Spec:   docs/decisions/0004.
 */
#ifndef FRONTEND_HOLD_H
#define FRONTEND_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include <h2o.h>

#include "common/buf.h"
#include "common/item.h"
#include "common/list.h"
#include "common/reason.h"
#include "frontend/outq.h"
#include "frontend/poller.h"
#include "frontend/wheel.h"

struct hold;
struct holds;
struct tls;
struct traffic;
struct parked;
struct presence;
struct previds;
struct retry;
struct sub;

/* An item on its way to an audience: what it says, and what keeps its bytes alive. */
struct publication {
    struct item item;
    uint64_t hash;      /* of the channel's name */
    uint64_t prev_hash; /* lastids_hash() of the prev-id, where there is one */
    struct msgbuf *buf; /* the frame; shares it whoever queues a span of `item` */
};

struct hold_kind {
    const char *name;       /* for the log: "stream" */
    enum format_kind hears; /* of each item */
    /* Appends what `publication` means to hold->out, or dooms the hold.
     * Returns: whether it means anything to this kind. */
    bool (*deliver)(struct hold *hold, const struct publication *publication);
    /* Appends what is to be sent when nothing else is. */
    void (*beat)(struct hold *hold);
    /* Appends what ends the conversation in good order. */
    void (*finish)(struct hold *hold);
    /* Gives the kind's own memory back, the hold's included. */
    void (*free)(struct hold *hold);
    /* Where the client goes on speaking: takes what came, which it may change; `len` is 0 at the
     * client's end. NULL for kinds whose clients have said all: what comes is kept for the next
     * request, and an end is the hold's end. */
    void (*input)(struct hold *hold, char *bytes, size_t len);
    /* All of hold->out has left; NULL where that makes no difference. */
    void (*drained)(struct hold *hold);
};

struct carrier {
    /* Sends as much of hold->out as the client takes now. */
    void (*flush)(struct hold *hold);
    /* Lets go of the connection: in good order where `is_clean`, visibly cut otherwise.
     * Returns: false where that must wait; the carrier then calls hold_let_go() itself. */
    bool (*close)(struct hold *hold, bool is_clean);
    /* The client's address, for the log. Returns: 0 where it is not known any more. */
    socklen_t (*peer)(const struct hold *hold, struct sockaddr *sa);
};

struct hold {
    const struct hold_kind *kind;
    const struct carrier *carrier;
    struct holds *home;
    struct sub *subs; /* channels.h: what it hears */
    struct outq out;

    struct list peers;   /* home->all */
    struct list touched; /* on a flush list while `out` awaits its turn */
    struct list doomed;  /* home->doomed, once somebody wishes it gone */
    struct list blocked; /* home->blocked while the client takes nothing more */
    uint64_t moved_ms;   /* when bytes last left while blocked */

    struct timer timer;        /* next keep-alive */
    struct msgbuf *keep_alive; /* shares; NULL for none */
    uint64_t active_ms;        /* last delivery, where keep-alive is by idleness */

    struct previds *previds;   /* owned; NULL where no channel has a prev-id */
    struct presence *presence; /* owned; NULL where nobody may ask */

    /* While the request is h2o's: */
    h2o_generator_t generator;
    h2o_req_t *request; /* NULL once it is not */
    union {
        struct parked *parked; /* where nothing was answered yet: parked.h */
        size_t sending;        /* inner.h: bytes at the front of `out` that h2o refers to */
    };
    /* While the socket is ours: */
    struct watch watch;
    struct tls *tls;   /* owned; NULL for plain text */
    struct buf *early; /* owned: what arrived behind the request, or NULL */
    union {
        int fd;
        uint32_t request_len; /* before that: bytes of the request at the front of h2o's input */
    };

    uint16_t route; /* its number: hold_traffic(), heard.h */
    uint32_t keep_alive_ms;
    enum reason reason : 8; /* why it ends, once it does */
    bool is_idle_mode : 1;  /* a delivery postpones the keep-alive */
    bool is_starting : 1;
    bool is_ending : 1;
    bool is_sending : 1;    /* h2o refers to the front of `out` */
    bool is_closing : 1;    /* let go as soon as h2o has taken what it is sending, */
    bool closes_clean : 1;  /* and in which way */
    bool is_waiting : 1;    /* we wait for the socket to become writable */
    bool is_concluded : 1;  /* whatever the reason, client and we have said all there is to say */
    bool is_deaf : 1;       /* the client is not read just now (kinds with input()) */
    bool is_chunked : 1;    /* HTTP/1.1: bodies in chunks */
    bool is_persistent : 1; /* the connection may serve another request afterwards */
};

/* Where is counted what passes on the hold's route. */
struct traffic *hold_traffic(const struct hold *hold);

/* Enters a hold that is set up but for its channels into the house, as starting. */
void hold_begin(struct hold *hold, struct holds *home);

/* The head is out: from now on deliveries are sent and keep-alives run. */
void hold_started(struct hold *hold);

/* From now on says `message` when nothing was said for `ms` milliseconds (`is_idle_mode`), or every
 * `ms` milliseconds. Takes: `message`, NULL for nothing any more. */
void hold_keep_alive(struct hold *hold, struct msgbuf *message, uint64_t ms, bool is_idle_mode);

/* Queues `bytes` and postpones an idle keep-alive; past its backlog limit a hold whose client
 * takes nothing more is doomed. Shares: `buf`. */
void hold_push(struct hold *hold, struct msgbuf *buf, struct span bytes);

/* Wishes the hold gone at the end of this turn; the first wish names the reason. */
void hold_doom(struct hold *hold, enum reason reason);

/* For carriers: the first `bytes` bytes of hold->out left. */
void hold_sent(struct hold *hold, size_t bytes);

/* For carriers: the client takes nothing more just now. */
void hold_blocked(struct hold *hold);

/* For holds_turn(): starts the end of a doomed hold, or completes it. */
void hold_end(struct hold *hold);

/* For carriers: the request goes to its origin once more. Returns: what it takes along, the caller's;
 * the hold has it no more. */
MUST_USE struct retry hold_take_along(struct hold *hold);

/* For carriers whose close() had to wait: the connection is gone now. Frees `hold`. */
void hold_let_go(struct hold *hold);

#endif
