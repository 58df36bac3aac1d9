/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hold kind: Grip-Hold response, a request that waits for its answer.
 *
 *     nothing is said ─┬─ send      what was published, merged with the timeout reply
 *                      ├─ close     the timeout reply, and so after Grip-Timeout and at a stop
 *                      ├─ hint      the origin is asked once more
 *                      └─ a send out of order, the word to recover: likewise, but not
 *                         everybody at once
 *
 * An HTTP/1 request leaves h2o unanswered (raw.h) and its connection goes
 * back afterwards; an HTTP/2 one stays (parked.h). To be asked once more an
 * HTTP/1 request goes back, too, with its own bytes in front of all others.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 3; docs/decisions/0005.
 */
#ifndef FRONTEND_LONGPOLL_H
#define FRONTEND_LONGPOLL_H

#include <stdint.h>

#include <h2o.h>

#include "common/instruct.h"
#include "common/list.h"
#include "common/rawhead.h"
#include "common/reason.h"
#include "common/route.h"
#include "common/slab.h"
#include "frontend/parked.h"

struct parts;
struct pollreply;
struct presence;
struct previds;

/* The long-polls of a frontend, and what they have in common. */
struct longpolls {
    struct slab slots;
    struct list waiting;   /* for a message, */
    struct list late;      /* or for their turn to ask once more */
    uint64_t next_late_ms; /* when the next of them may */
    struct composed {      /* the last answer, as long as the turn; most ask for the same again */
        struct msgbuf *of; /* shares: the publication's frame; NULL for none */
        const struct pollreply *reply;
        struct encoded {
            struct msgbuf *bytes; /* shares */
            size_t head_len;      /* of `bytes` */
            size_t head_count;    /* what the head counts (traffic.h) */
        } answer;
        bool is_http10, is_persistent;
    } composed;
};

void longpolls_init(struct longpolls *polls);
void longpolls_done(struct longpolls *polls);

/* Called each turn, between deliveries and holds_turn().
 * Returns: milliseconds until it wants to be called again, LOOP_NEVER for no wish. */
uint64_t longpolls_turn(struct longpolls *polls, uint64_t now_ms);

/* Has all long-polls that are held now ask once more, each in its turn.
 * Cost: the same however many there are. */
void longpolls_recover(struct longpolls *polls);

/* A request that is to be held. */
struct polled {
    h2o_req_t *request;
    const struct rawhead *raw; /* HTTP/1: where its bytes are */
    const struct route *route;
    const struct instruct *told;
    struct presence *presence;
    parked_again_fn *again; /* HTTP/2 */
    void *context;
};

/* Holds the request as told. For an HTTP/1 one two loop_turns() must have passed since it arrived;
 * it is gone on return.
 * Takes: `*previds` (leaves NULL) and polled->presence, where it succeeds.
 * Returns: REASON_NONE, or why not; nothing has changed then. */
MUST_USE enum reason longpoll_begin(struct parts *parts, const struct polled *polled,
                                    struct previds **previds);

#endif
