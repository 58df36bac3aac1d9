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
#include "common/reason.h"
#include "common/route.h"
#include "frontend/meta.h"
#include "frontend/wheel.h"
#include "frontend/wohqueue.h"
#include "frontend/wsorigin.h"

struct exchange;
struct kept;
struct parts;
struct wohanswer;

struct woh {
    struct wsorigin face;
    struct parts *parts;
    const struct route *route;
    struct kept *kept; /* owned */
    struct meta meta;
    struct wohqueue queue;
    struct exchange *exchange; /* NULL when none is under way */
    struct wohanswer *answer;  /* owned: while one arrives */
    struct timer timer;        /* until the next retry, or the next empty request */
    struct list all, due;
    size_t charge;         /* our share of parts->ws_charge, once the client's side is gone */
    uint32_t keep_alive_s; /* 0: no empty requests */
    uint8_t retries;       /* of the request that is to be repeated */
    enum reason fault;     /* why wohs_turn() is to end the exchange */
    bool is_open : 1;      /* the origin has accepted */
    bool has_closed : 1;   /* the origin was told the end, or will be: nothing comes behind */
    bool wants_poll : 1;   /* a request is due even if it is empty */
    bool is_retrying : 1;  /* the timer is a retry's */
    bool is_over : 1;      /* nothing more can or need be told: to be freed */
};

/* Bytes of one, for the slab that parts->woh_slots is. */
size_t woh_size(void);

/* Puts the handshake of `client` to its origin. Takes: `kept`. */
MUST_USE struct wsorigin *woh_begin(struct websocket *client, struct kept *kept);

/* Called each turn, before origins_turn(): starts the requests that are due. */
void wohs_turn(struct parts *parts);

/* Lets wohs_turn() look at it. */
void woh_make_due(struct woh *woh);

/* Nothing more is to be told: to be freed. Returns: the client, who hears no more of us. */
struct websocket *woh_part(struct woh *woh);

/* The origin can't be talked to. */
void woh_give_up(struct woh *woh, enum reason reason, const char *detail);

/* Frees those whose client is gone, whatever they still have to tell. */
void wohs_cut(struct parts *parts);

#endif
