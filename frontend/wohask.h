/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request of WebSocket events: the kept headers, metadata, and what is
 * made anew each time.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 5.3.
 */
#ifndef FRONTEND_WOHASK_H
#define FRONTEND_WOHASK_H

#include "common/base.h"
#include "frontend/origin.h"

struct woh;

/* Puts woh->queue.sending, which must stay until the end, to the origin; `events` get `woh`. */
MUST_USE struct exchange *wohask(struct woh *woh, const struct origin_events *events);

#endif
