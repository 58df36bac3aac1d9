/* SPDX-License-Identifier: Apache-2.0 */
#include "common/pace.h"

/* What it costs to happen once: what a millisecond brings is then a whole number. */
#define ONCE 1000

#define TENTH_MS 100

static uint64_t most(const struct pace *pace)
{
    uint64_t tenth = pace->per_second * TENTH_MS;
    return tenth > ONCE ? tenth : ONCE;
}

void pace_init(struct pace *pace, uint64_t per_second, uint64_t now_ms)
{
    *pace = (struct pace){.per_second = per_second, .given_ms = now_ms};
    pace->credit = most(pace);
}

/* A whole second fills it from any state, so the product stays small. */
static void give(struct pace *pace, uint64_t now_ms)
{
    uint64_t elapsed_ms = now_ms - pace->given_ms;
    uint64_t counted_ms = elapsed_ms < ONCE ? elapsed_ms : ONCE;
    uint64_t credit = pace->credit + counted_ms * pace->per_second;
    pace->credit = credit < most(pace) ? credit : most(pace);
    pace->given_ms = now_ms;
}

uint64_t pace_wait_ms(struct pace *pace, uint64_t now_ms)
{
    give(pace, now_ms);
    if (pace->credit >= ONCE)
        return 0;
    return (ONCE - pace->credit + pace->per_second - 1) / pace->per_second;
}

void pace_spend(struct pace *pace)
{
    pace->credit -= ONCE;
}
