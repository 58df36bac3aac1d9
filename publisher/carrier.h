/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A way to a server that is none of HTTP's, for whoever brings one: the sender
 * knows what is due and what is tried again, the carrier how it gets there.
 *
 *     server ──── begin(items 7 to 9) ────► carrier ────► ...
 *        ▲                                     │
 *        └──── post_result ◄──── go_on() ──────┘   when `fd` can be read, or it is late
 *
 * It is what keeps ZeroMQ out of the library: publisher/push.h, which is only
 * the command's, is the one there is. Therefore this header is not installed,
 * and sender_add_carrier() stands here.
 *
 * Thread: its sender's.
 * Life:   the server's that it is lent out by; one batch at a time.
 * Spec:   decision 0015.
 */
#ifndef PUBLISHER_CARRIER_H
#define PUBLISHER_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"

struct outbox;
struct post_result;
struct sender;
struct carrier;

struct carrier_kind {
    /* Begins a batch, `count` items of `outbox` from the number `first` on. Where the last one was
     * not taken, it is the same again. Borrows: them, until go_on() returns true. */
    void (*begin)(struct carrier *carrier, const struct outbox *outbox, uint64_t first,
                  size_t count);
    /* Does what can be done without waiting; nothing more where it `is_late`.
     * Returns: whether the batch is over, with `*result` set; true whenever it is late. */
    bool (*go_on)(struct carrier *carrier, bool is_late, struct post_result *result);
    void (*free)(struct carrier *carrier);
};

struct carrier {
    const struct carrier_kind *kind;
    const char *shown; /* the server's address for people, without secrets; the carrier's */
    int fd;            /* can be read when go_on() has something to do */
};

/* Adds a server that is reached so, before the first message. Takes: `carrier`, which is freed in
 * any case.
 * Returns: false with `*why` set to a sentence; caller frees it. */
MUST_USE bool sender_add_carrier(struct sender *sender, struct carrier **carrier, char **why);

#endif
