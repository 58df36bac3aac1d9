/* SPDX-License-Identifier: Apache-2.0 */
#include "router/health.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "common/question.h"
#include "router/broadcast.h"

#define ASK_EVERY_MS 1000

/* What is known of one frontend. */
struct pulse {
    bool owes_answer;
    uint64_t silent_since_ms; /* if so */
};

struct health {
    struct broadcast *broadcast;
    uint64_t late_ms;
    uint64_t serial;  /* of the last question */
    uint64_t next_ms; /* when the next is due */
    size_t frontends;
    struct pulse pulses[];
};

struct health *health_new(struct broadcast *broadcast, size_t frontends, uint64_t late_ms)
{
    struct health *health = mem_new(sizeof(*health) + frontends * sizeof(struct pulse));
    health->broadcast = broadcast;
    health->late_ms = late_ms;
    health->frontends = frontends;
    return health;
}

void health_free(struct health *health)
{
    free(health);
}

void health_take(struct health *health, const struct question_answer *answer, uint64_t now_ms)
{
    CHECK(answer->frontend < health->frontends);
    health->pulses[answer->frontend] = (struct pulse){answer->serial != health->serial, now_ms};
}

static void ask(struct health *health, uint64_t now_ms)
{
    broadcast_question(health->broadcast, ++health->serial);
    for (size_t i = 0; i < health->frontends; i++)
        if (!health->pulses[i].owes_answer)
            health->pulses[i] = (struct pulse){true, now_ms};
}

uint64_t health_turn(struct health *health, uint64_t now_ms)
{
    unsigned frontend;
    uint64_t silent_ms;
    if (now_ms >= health->next_ms) {
        if (!health_is_late(health, now_ms, &frontend, &silent_ms))
            ask(health, now_ms);
        health->next_ms = now_ms + ASK_EVERY_MS;
    }
    return health->next_ms - now_ms;
}

bool health_is_late(const struct health *health, uint64_t now_ms, unsigned *frontend,
                    uint64_t *silent_ms)
{
    for (size_t i = 0; i < health->frontends; i++) {
        const struct pulse *pulse = &health->pulses[i];
        if (!pulse->owes_answer || now_ms - pulse->silent_since_ms < health->late_ms)
            continue;
        *frontend = (unsigned)i;
        *silent_ms = now_ms - pulse->silent_since_ms;
        return true;
    }
    return false;
}
