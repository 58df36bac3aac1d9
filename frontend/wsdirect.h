/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The origin's side of a WebSocket whose origin speaks WebSocket itself.
 *
 *     client ─ event() ─► masked frame ─► origin_pipe ─► origin
 *     client ◄─ GRIP ◄─ whole message ◄─ wsreader ◄──────┘
 *
 * Messages pass whole, pings and pongs as they are, close frames with their
 * codes. Nothing is retried: an origin that drops the connection ends the
 * client's.
 *
 * Thread: its frontend's; freed in wsdirects_turn() only.
 * Spec:   GRIP 5.12.
 */
#ifndef FRONTEND_WSDIRECT_H
#define FRONTEND_WSDIRECT_H

#include "common/base.h"
#include "frontend/wsorigin.h"

struct kept;
struct parts;

/* Bytes of one, for the slab that parts->wsdirect_slots is. */
size_t wsdirect_size(void);

/* Puts the handshake of `client` to its origin. Takes: `kept`. */
MUST_USE struct wsorigin *wsdirect_begin(struct websocket *client, struct kept *kept);

/* Called each turn: frees those that are over. */
void wsdirects_turn(struct parts *parts);

#endif
