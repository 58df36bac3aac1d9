/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsbudget.h"

#include "frontend/parts.h"
#include "frontend/websocket.h"
#include "frontend/wsclose.h"

static void count(struct parts *parts, size_t *charge, size_t bytes)
{
    parts->ws_charge += bytes - *charge;
    *charge = bytes;
}

void wsbudget_weigh_origin(struct parts *parts, struct wsorigin *origin)
{
    count(parts, &origin->charge, origin->kind->queued(origin));
}

void wsbudget_release(struct parts *parts, size_t *charge)
{
    count(parts, charge, 0);
}

static size_t charge_of(const struct websocket *ws)
{
    return ws->charge + (ws->origin ? ws->origin->charge : 0);
}

/* Returns: NULL where no client that can still be closed has anything to forget. */
static struct websocket *largest(struct parts *parts)
{
    struct websocket *found = NULL;
    size_t most = 0;
    LIST_FOREACH (node, &parts->holds.all) {
        struct websocket *ws = websocket_of(container_of(node, struct hold, peers));
        if (!ws || !websocket_may_speak(ws) || charge_of(ws) <= most)
            continue;
        most = charge_of(ws);
        found = ws;
    }
    return found;
}

static void forget(struct websocket *ws)
{
    if (ws->origin)
        ws->origin->kind->forget(ws->origin);
    wsclose_failed(ws, WS_CLOSE_TRY_LATER, REASON_WS_BUDGET, reason_text(REASON_WS_BUDGET));
    wsbudget_release(ws->parts, &ws->charge);
}

void wsbudget_weigh(struct websocket *ws)
{
    struct parts *parts = ws->parts;
    count(parts, &ws->charge, ws->message ? ws->message->len : 0);
    if (ws->origin)
        wsbudget_weigh_origin(parts, ws->origin);
    if (parts->ws_charge <= parts->limits->ws_total_bytes / parts->config->workers)
        return;
    struct websocket *greedy = largest(parts);
    if (greedy)
        forget(greedy);
}
