/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All pipes to origins of a frontend, and what a turn of the loop does for them.
 *
 * A part of the pool that frontend/origin.h offers; only origin.c knows it.
 *
 * Thread: one pool per frontend.
 */
#ifndef FRONTEND_ORIGIN_PIPES_H
#define FRONTEND_ORIGIN_PIPES_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/stats.h"
#include "frontend/poller.h"

struct pipes;

/* Borrows: all arguments until pipes_free(). An origin may have `most_in_flight` handshakes at a
 * time, and `most_waiting` more that wait. */
MUST_USE struct pipes *pipes_new(struct poller *poller, const struct limits *limits,
                                 struct stats *stats, size_t most_in_flight, size_t most_waiting);

/* Closes those that are left. */
void pipes_free(struct pipes *pipes);

/* As multi_renew(). */
void pipes_renew(struct pipes *pipes, SSL_CTX *model);

/* Runs what is due, and all callbacks. */
void pipes_turn(struct pipes *pipes, uint64_t now_ms);

/* Whether a turn would have something to do now. */
bool pipes_have_work(const struct pipes *pipes);

/* Returns: when a turn has something to do if nothing happens; UINT64_MAX for never. */
uint64_t pipes_due(const struct pipes *pipes);

#endif
