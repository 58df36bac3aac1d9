/* SPDX-License-Identifier: Apache-2.0 */
#include "router/words.h"

#include "common/loop.h"
#include "router/health.h"
#include "router/outside.h"
#include "router/reports.h"
#include "router/wayback.h"

/* Taken in one turn: some milliseconds, where each becomes a message of stats. */
#define BATCH 1000

/* Returns: whether there was one to take. */
static bool take_one(struct words *words, uint64_t now_ms)
{
    struct wayback_word word;
    switch (wayback_next(words->wayback, &word)) {
    case WAYBACK_NOTHING:
        return false;
    case WAYBACK_INTEREST:
        outside_take(words->outside, &word.interest, now_ms);
        break;
    case WAYBACK_ATTENDANCE:
        outside_take_attendance(words->outside, &word.attendance, now_ms);
        break;
    case WAYBACK_ANSWER:
        health_take(words->health, &word.answer, now_ms);
        break;
    case WAYBACK_HEARING:
        outside_take_hearing(words->outside, &word.hearing);
        reports_take(words->reports, &word.hearing);
        break;
    }
    return true;
}

bool words_take(struct words *words)
{
    uint64_t now_ms = loop_now_ms(words->loop);
    for (int i = 0; i < BATCH; i++)
        if (!take_one(words, now_ms))
            return true;
    return false;
}

/* The queue takes turns among the frontends, so all that had been said was heard when as many words
 * came as if each of them had said the whole of it, and one more: the last may be one of many
 * hearings. */
bool words_hear(void *context, uint64_t *until)
{
    struct words *words = context;
    if (!*until)
        *until = 1 + stats_read(words->stats, STAT_bus_words_drained) +
                 words->frontends * stats_waiting(words->all_stats, words->stats_count,
                                                  STAT_bus_words_sent, STAT_bus_words_drained);
    return words_take(words) || stats_read(words->stats, STAT_bus_words_drained) >= *until;
}
