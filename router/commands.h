/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command socket: what tools for Pushpin ask and order by ZeroMQ.
 *
 *     publish        takes items in, all or none
 *     recover        has held long-polls put to their origins again
 *     refresh        lets a WebSocket, or those of a channel, ask their origin
 *     conncheck      says which of some connections are still there
 *     get-zmq-uris   says where our sockets are bound
 *
 * Everything else is answered "method-not-found". A request that is none gets no
 * answer, since nothing says what it asks; its client would not understand one.
 *
 * A client is a REQ socket, or a DEALER that puts an empty frame in front. The
 * frames before it say who asks and are sent back as they came.
 *
 * A frontend says who is connected before it says so to anybody else. So when
 * a command has arrived, all that frontends have said is heard first, and who
 * asks for a WebSocket that has its 101 is answered rightly.
 *
 * Thread: the router's.
 * Spec:   GRIP 9.4.
 */
#ifndef ROUTER_COMMANDS_H
#define ROUTER_COMMANDS_H

#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/stats.h"

struct commands;
struct intake;
struct loop;
struct roster;
struct zsockets;

/* Hears a bounded number of the words of frontends for a command that has come; `*until`, 0 when asked
 * for it first, is the hearer's. Returns: whether all was heard that they had said until then. */
typedef bool commands_hear_fn(void *context, uint64_t *until);

struct commands_parts {
    struct loop *loop;
    const struct limits *limits;
    struct zsockets *sockets;
    struct intake *intake;
    struct roster *roster;
    commands_hear_fn *hear;
    void *hear_context;
    struct stats *stats;
};

/* Borrows: what `parts` points to, until commands_free(). */
MUST_USE struct commands *commands_new(const struct commands_parts *parts);
void commands_free(struct commands *commands);

/* Answers a bounded number, and none while intake is full.
 * Returns: milliseconds until it wants to be called again. */
uint64_t commands_turn(struct commands *commands, uint64_t now_ms);

#endif
