/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that takes items on a ZeroMQ PULL socket: a carrier that pushes
 * `J` and the item in JSON, one message each, as Pushpin's own publishers do.
 *
 *     sender ──► push ── PUSH ─────► zmq_pull of a broker
 *                  ▲                 (Pushpin: push_in_spec)
 *                  └── monitor ◄── connected, not let in, broken
 *
 * ZeroMQ answers nothing. So a batch counts as taken when a peer is connected
 * and its last message has left the queue for that connection: the queue holds
 * a single message, and none while nobody is connected. A connection that
 * breaks in the middle of a batch leaves unclear what arrived of it; the batch
 * then goes out again, under the rules of retry.h. One that breaks between
 * batches may have taken the last of them along, and is noted. At the end we
 * linger until the last bytes have left.
 *
 * Thread: its sender's; a thread of ZeroMQ's own moves the bytes.
 * Life:   from push_new() to its server's end.
 * Spec:   GRIP 6.5; rfc.zeromq.org/spec/30; decision 0015.
 */
#ifndef PUBLISHER_PUSH_H
#define PUBLISHER_PUSH_H

#include <stdint.h>

#include "common/base.h"
#include "common/curve.h"
#include "common/zport.h"
#include "publisher/carrier.h"

/* Says what the sender cannot know: something that counted as taken may be lost. It `has_left` for
 * a connection, which then broke, or it never did. */
typedef void push_doubt_fn(void *context, bool has_left, const char *why);

struct push_rules {
    struct curve own;   /* whom we are with CURVE; without a secret key: somebody new each time */
    uint64_t linger_ms; /* how long the last bytes have to leave */
    push_doubt_fn *doubt;
    void *context;
};

/* Begins to connect to `port`, by CURVE where it has a server's key. Borrows: `rules`, until the
 * carrier is freed.
 * Returns: it (carrier->kind->free()), or NULL with `*why` set to a sentence; caller frees it. */
MUST_USE struct carrier *push_new(const struct zport *port, const struct push_rules *rules,
                                  char **why);

#endif
