/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often something may happen: so many times a second, spread over it.
 *
 *     time ──► per_second thousandths each ms ──► credit ──► 1000 for each time
 *                                                 at most a tenth of a second's
 *
 * Thread: any; pure. Time is passed in.
 * Life:   embedded; pace_init().
 */
#ifndef COMMON_PACE_H
#define COMMON_PACE_H

#include <stdint.h>

struct pace {
    uint64_t per_second;
    uint64_t credit;   /* in thousandths of a time */
    uint64_t given_ms; /* until when time was turned into credit */
};

/* `per_second`: from 1 to 2^32. The credit is full at first. */
void pace_init(struct pace *pace, uint64_t per_second, uint64_t now_ms);

/* Returns: milliseconds until it may happen again; 0 for now. */
uint64_t pace_wait_ms(struct pace *pace, uint64_t now_ms);

/* It happens. pace_wait_ms() has said 0. */
void pace_spend(struct pace *pace);

#endif
