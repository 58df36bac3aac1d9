/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an origin's answer to a request of WebSocket events does.
 *
 *     opening   OPEN: 101, then the other events      nothing, but polling: later
 *               another status or type: the client's answer as it is
 *     later     metadata, polling, what was accepted, then each event in turn
 *
 * An answer is checked whole before any of it is acted upon.
 *
 * Thread: its frontend's.
 * Spec:   GRIP 5.5, 5.7.
 */
#ifndef FRONTEND_WOHACT_H
#define FRONTEND_WOHACT_H

struct woh;

/* Acts on woh->answer, which is whole, and frees it. */
void wohact_on_answer(struct woh *woh);

#endif
