/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The origin's side of a WebSocket over HTTP: what the client does becomes
 * POST requests, what comes back becomes frames.
 *
 *     client ─ event() ─► queue ─ one request at a time ─► origin
 *     client ◄─ frames, 101, close ─ wohanswer ◄───────────── 200
 *
 * While a request is under way, everything that happens meanwhile waits for
 * the next one; so the origin sees one order. A request that no origin could
 * be reached for is repeated after 1, 2, 4, 8 and 16 seconds. When the client
 * is gone, this lives on until its origin was told.
 *
 * Thread: its frontend's; freed in wohs_turn() only.
 * Spec:   GRIP 5.3-5.9.
 */
#ifndef FRONTEND_WOH_H
#define FRONTEND_WOH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "frontend/wsorigin.h"

struct kept;
struct parts;

/* Bytes of one, for the slab that parts->wohs is. */
size_t woh_size(void);

/* Puts the handshake of `client` to its origin. Takes: `kept`. */
MUST_USE struct wsorigin *woh_begin(struct websocket *client, struct kept *kept);

/* Called each turn, before origins_turn(): starts the requests that are due. */
void wohs_turn(struct parts *parts);

/* Frees those whose client is gone, whatever they still have to tell. */
void wohs_cut(struct parts *parts);

#endif
