/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The house of all holds of one frontend: who is to be flushed, who blocks,
 * who is doomed.
 *
 * Appending a publication to its audience is whole: no cursor into an audience
 * survives a turn. Flushing is sliced: a turn writes to a bounded number of
 * sockets and goes round-robin between channels, so that one broadcast to
 * 50,000 clients does not stop accepts, timers or other channels.
 *
 *     ring -> channel A's touched holds -> channel B's ... -> ring
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_HOLDS_H
#define FRONTEND_HOLDS_H

#include <stdint.h>

#include "common/limits.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/slab.h"
#include "common/span.h"
#include "common/stats.h"
#include "common/traffic.h"
#include "frontend/poller.h"
#include "frontend/wheel.h"

struct channels;
struct hold;
struct retry;
struct tls;

/* Holds that wait to be flushed because of one channel (or of none). */
struct audience {
    struct list touched; /* holds, by hold->touched */
    struct list ring;    /* on holds->ring while `touched` is not empty */
};

/* What happens with a connection that served a hold in good order. `retry`: its request is to be
 * served once more and stands in front of `leftover`; what it refers to is taken. Takes: `tls`, NULL
 * for plain text. */
typedef void hand_back_fn(void *context, int fd, struct tls *tls, struct span leftover,
                          const struct retry *retry);

struct holds {
    struct loop *loop;
    struct poller *poller;
    struct wheel *wheel;
    struct channels *channels;
    const struct limits *limits;
    struct stats *stats;
    struct traffic *traffic; /* by route number: hold_traffic() */
    struct slab slots;       /* struct outslot */
    struct list all, doomed, blocked, ring;
    struct audience others; /* touched for another reason than a channel */
    size_t charge;          /* bytes that the backlogs of blocked holds keep alive */
    size_t charge_limit;    /* this frontend's share of backlog_total_bytes */
    uint64_t random;        /* state of the jitter */
    int nowhere;            /* takes all bytes and keeps none: raw_take() */
    hand_back_fn *hand_back;
    void *hand_back_context;
};

void holds_init(struct holds *holds);
void holds_done(struct holds *holds);

void audience_init(struct audience *audience);

/* `hold` has something to send because of `audience`. */
void holds_touch(struct holds *holds, struct audience *audience, struct hold *hold);

/* Moves what still waits in `audience` elsewhere, because it is going. */
void holds_abandon(struct holds *holds, struct audience *audience);

/* Flushes a slice, ends what is doomed or stalls.
 * Returns: milliseconds until it wants to be called again; 0 where work is left. */
uint64_t holds_turn(struct holds *holds, uint64_t now_ms);

/* Dooms every hold that is not about to end anyway. */
void holds_end_all(struct holds *holds, enum reason reason);

/* Ends those that still try to end in good order. */
void holds_cut_all(struct holds *holds);

#endif
