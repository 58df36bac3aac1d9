/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers by the hundred thousand: one hashed wheel per frontend.
 *
 * A timer sits in the slot of its deadline; slots further than a round away
 * are passed over until their round comes. Arming, cancelling and firing cost
 * the same however many there are. Resolution is 32 ms, never early.
 *
 *     slots  [ ][t t][ ][t] ...        slot = deadline / 32 ms, modulo 4096
 *                 ^ hand
 *
 * Thread: one wheel per frontend.
 * Life:   a timer is embedded in what it belongs to; timer_cancel() before that goes.
 */
#ifndef FRONTEND_WHEEL_H
#define FRONTEND_WHEEL_H

#include <stdint.h>

#include "common/base.h"
#include "common/list.h"

struct timer;

/* The deadline has passed; the timer is not armed any more. */
typedef void timer_fn(struct timer *timer, uint64_t now_ms);

struct timer {
    struct list node;
    uint64_t due_ms;
    timer_fn *on_due;
};

struct wheel;

MUST_USE struct wheel *wheel_new(uint64_t now_ms);

/* Every timer must be cancelled. */
void wheel_free(struct wheel *wheel);

/* Fires `timer` once, at `due_ms` or up to a slot later; an armed one is moved.
 * Borrows: `timer` until it fires or timer_cancel(). */
void timer_arm(struct wheel *wheel, struct timer *timer, uint64_t due_ms, timer_fn *on_due);

/* An unarmed timer stays as it is. */
void timer_cancel(struct timer *timer);

/* Fires what is due at `now_ms`.
 * Returns: milliseconds until the next slot that holds a timer, UINT64_MAX for none. */
uint64_t wheel_turn(struct wheel *wheel, uint64_t now_ms);

#endif
