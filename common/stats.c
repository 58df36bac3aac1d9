/* SPDX-License-Identifier: Apache-2.0 */
#include "common/stats.h"

const struct stat_row stat_rows[STAT_COUNT] = {
#define STAT(name, kind, help) [STAT_##name] = {#name, help, STAT_IS_##kind},
#include "common/stats.def"
};

uint64_t stats_sum(const struct stats *const *all, size_t count, enum stat_id stat)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += stats_read(all[i], stat);
    return sum;
}

uint64_t stats_waiting(const struct stats *const *all, size_t count, enum stat_id sent,
                       enum stat_id drained)
{
    /* In this order what comes between the two makes it too small, and never too large. */
    uint64_t sum_sent = stats_sum(all, count, sent);
    uint64_t sum_drained = stats_sum(all, count, drained);
    return sum_sent > sum_drained ? sum_sent - sum_drained : 0;
}
