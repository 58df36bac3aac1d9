/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that asks the system for time.
 *
 * Everything else is told the time as an argument, so that a test can make
 * five seconds pass between two lines.
 *
 * Thread: any.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

/* Milliseconds that never go back; their zero means nothing. Threads with a loop ask that one
 * (loop_now_ms()); this is for those who have none. */
uint64_t clock_monotonic_ms(void);

/* Seconds since 1970, for tokens and logs. */
int64_t clock_epoch_s(void);

/* The earlier of two times, or the shorter of two waits. */
static inline uint64_t clock_sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

#endif
