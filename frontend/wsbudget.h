/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much WebSocket clients have said that no origin has taken yet, summed up.
 *
 *     a message half come (struct websocket) + what waits for its origin (struct wsorigin)
 *
 * Past a frontend's share of ws_total_bytes the client who said most is closed
 * with 1013 and what it said is forgotten. Clients that are gone count until
 * their origins were told.
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_WSBUDGET_H
#define FRONTEND_WSBUDGET_H

#include <stddef.h>

struct parts;
struct websocket;
struct wsorigin;

/* Counts anew what `origin` keeps. */
void wsbudget_weigh_origin(struct parts *parts, struct wsorigin *origin);

/* Counts anew what `ws` and its origin keep, and keeps the sum within its limit: `ws` or another
 * one may be closed. */
void wsbudget_weigh(struct websocket *ws);

/* Counts `*charge` no more. */
void wsbudget_release(struct parts *parts, size_t *charge);

#endif
