/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The carrier of a hold whose socket is our own: 59 bytes instead of h2o's 9,471.
 *
 * A held HTTP/1 answer leaves h2o when its head is flushed: the descriptor is
 * duplicated, h2o closes its connection with the original, and the duplicate
 * is watched in the frontend's own epoll set. Only so can the client's leaving
 * be noticed at once; inside h2o a held HTTP/1 socket is not read.
 *
 *     h2o conn + request + buffers ──dup──► struct hold, fd
 *              `── closed                     `─ EPOLLRDHUP; EPOLLOUT while blocked
 *
 * When the hold ends in good order on a persistent connection the descriptor
 * goes back to h2o as a freshly accepted one, with whatever bytes had already
 * arrived behind the request. TLS comes along both ways (tls.h).
 *
 * Thread: its frontend's.
 * Spec:   docs/decisions/0006.
 */
#ifndef FRONTEND_RAW_H
#define FRONTEND_RAW_H

#include <stdbool.h>

#include "common/base.h"
#include "common/span.h"

struct hold;

/* Takes the connection of hold->request away from h2o, whose request is gone on return; the
 * hold is carried by its own socket from then on. For HTTP/1 requests whose head was flushed.
 * Returns: false without descriptors left; the request is then still h2o's. */
MUST_USE bool raw_adopt(struct hold *hold);

/* The same before anything was answered: nothing is written to the client. `nowhere` is a
 * descriptor that takes all bytes and keeps none. h2o's epoll set must have forgotten the socket,
 * which is so two loop_turns() after the request arrived.
 * Returns: false without descriptors left; the request is then still h2o's. */
MUST_USE bool raw_take(struct hold *hold, int nowhere);

/* Keeps what arrived too early: for the next request, or until the kind wants it. */
void raw_keep(struct hold *hold, struct span bytes);

/* Puts `request`, a whole one, in front of all that the client has sent behind the held one: it is
 * what the connection says next when it goes back to h2o, which it does with REASON_RETRY. */
void raw_replay(struct hold *hold, struct span request);

/* Stops or starts reading a client whose kind has input(). */
void raw_deafen(struct hold *hold, bool is_deaf);

#endif
