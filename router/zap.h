/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may connect to a ZeroMQ socket that is encrypted: whose CURVE key is on the
 * list (zmq_client_keys).
 *
 *     peer ── handshake ──► ZeroMQ ── "1.0", address, CURVE, key ──► zap ── 200 or 400 ──► ZeroMQ
 *
 * ZeroMQ asks with messages of its own, and the peer waits until it is answered.
 *
 * Thread: the router's.
 * Spec:   rfc.zeromq.org/spec/27 (ZAP); docs/decisions/0014.
 */
#ifndef ROUTER_ZAP_H
#define ROUTER_ZAP_H

#include <stdbool.h>

#include "common/base.h"
#include "common/stats.h"

struct loop;
struct zap;
struct zsockets;

/* Borrows: everything until zap_free().
 * Returns: NULL where nothing is encrypted, with which the functions below do nothing. */
MUST_USE struct zap *zap_new(struct loop *loop, struct zsockets *sockets, struct stats *stats);
void zap_free(struct zap *zap);

/* Answers what was asked, a bounded number.
 * Returns: whether more may be waiting. */
bool zap_turn(struct zap *zap);

#endif
