/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/retry.h"

#include "common/clock.h"

enum {
    SPARE_MS = 1000, /* of the window: for what is on its way when we hang up */
    FIRST_WAIT_MS = 100,
    DOUBLINGS_MOST = 4, /* 1.6 s */
    USEFUL_MS = 50,     /* no try is worth less */
};

void retry_begin(struct retry *retry, uint64_t now_ms)
{
    *retry = (struct retry){.begun_ms = now_ms, .due_ms = now_ms};
}

static uint64_t deadline(const struct retry *retry, const struct retry_rules *rules)
{
    uint64_t end_ms = retry->begun_ms + rules->patience_ms;
    if (!retry->is_unclear)
        return end_ms;
    uint64_t safe_ms = rules->window_ms > SPARE_MS ? rules->window_ms - SPARE_MS : 0;
    return clock_sooner(end_ms, retry->unclear_ms + safe_ms);
}

uint64_t retry_attempt_ms(const struct retry *retry, const struct retry_rules *rules,
                          uint64_t now_ms)
{
    uint64_t most_ms = rules->attempt_ms > USEFUL_MS ? rules->attempt_ms : USEFUL_MS;
    if (!rules->patience_ms && !retry->failures)
        return most_ms;
    uint64_t end_ms = deadline(retry, rules);
    if (retry->failures && now_ms + USEFUL_MS > end_ms)
        return 0;
    uint64_t left_ms = end_ms > now_ms + USEFUL_MS ? end_ms - now_ms : USEFUL_MS;
    return clock_sooner(left_ms, most_ms);
}

bool retry_again(struct retry *retry, const struct retry_rules *rules, bool is_unclear,
                 uint64_t wait_ms, uint64_t began_ms, uint64_t now_ms)
{
    unsigned doublings = retry->failures < DOUBLINGS_MOST ? retry->failures : DOUBLINGS_MOST;
    uint64_t usual_ms = (uint64_t)FIRST_WAIT_MS << doublings;
    if (is_unclear && !retry->is_unclear)
        retry->unclear_ms = began_ms;
    retry->is_unclear = retry->is_unclear || is_unclear;
    retry->failures++;
    retry->due_ms = now_ms + (wait_ms > usual_ms ? wait_ms : usual_ms);
    return retry_attempt_ms(retry, rules, retry->due_ms) > 0;
}
