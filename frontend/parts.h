/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one frontend thread owns, lent to everything that lives on it.
 *
 * frontend.c makes the parts and outlives their users, so nobody needs to
 * know the frontend itself.
 *
 * Thread: one set per frontend.
 */
#ifndef FRONTEND_PARTS_H
#define FRONTEND_PARTS_H

#include "common/buf.h"
#include "common/config.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/stats.h"
#include "common/traffic.h"
#include "frontend/holds.h"
#include "frontend/longpoll.h"

struct channels;
struct doors;
struct engine;
struct lastids;
struct origins;
struct poller;
struct presences;
struct signer;
struct websocket;
struct wheel;

struct parts {
    const struct config *config;
    const struct limits *limits; /* the configuration's */
    struct stats *stats;
    struct traffic *traffic; /* by route number: parts_traffic() */
    struct loop *loop;
    struct poller *poller;
    struct wheel *wheel;
    struct engine *engine;
    struct doors *doors;
    struct channels *channels;
    struct lastids *lastids;
    struct origins *origins;
    struct presences *presences; /* NULL where nobody outside may ask who is connected */
    struct signer *signer;
    struct holds holds;
    struct slab streams; /* struct hold */
    struct longpolls polls;
    struct slab websockets; /* struct websocket */
    struct buf frames;      /* gathered for the client of `frames_of` */
    const struct websocket *frames_of;
    size_t ws_charge;             /* bytes from WebSocket clients that no origin has taken yet */
    struct slab woh_slots;        /* struct woh */
    struct list wohs;             /* all of them */
    struct slab wsdirect_slots;   /* struct wsdirect */
    struct list wsdirects_due;    /* struct wsdirect that wsdirects_turn() is to free */
    struct list wohs_due;         /* those that wohs_turn() has something to do for */
    struct slab client_slots;     /* struct client */
    struct list clients;          /* requests that are being answered */
    struct list due;              /* those of them that clients_turn() has something to do for */
    const struct target *control; /* where the demo publishes */
    bool is_stopping;
};

/* Where is counted what passes on `route`, which may be NULL. */
static inline struct traffic *parts_traffic(const struct parts *parts, const struct route *route)
{
    return &parts->traffic[route ? route->number : 0];
}

#endif
