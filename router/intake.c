/* SPDX-License-Identifier: Apache-2.0 */
#include "router/intake.h"

#include <stdlib.h>

#include "common/item.h"
#include "common/loop.h"
#include "common/mem.h"
#include "router/broadcast.h"

struct intake {
    struct broadcast *broadcast;
};

struct intake *intake_new(struct broadcast *broadcast, const struct limits *limits,
                          struct stats *stats)
{
    (void)limits;
    (void)stats;
    struct intake *intake = mem_new(sizeof(*intake));
    intake->broadcast = broadcast;
    return intake;
}

void intake_free(struct intake *intake)
{
    free(intake);
}

bool intake_is_full(const struct intake *intake)
{
    return broadcast_is_full(intake->broadcast);
}

void intake_take(struct intake *intake, const struct item *items, size_t count, uint64_t now_ms,
                 enum fate *fates)
{
    (void)now_ms;
    broadcast_turn(intake->broadcast);
    for (size_t i = 0; i < count; i++) {
        broadcast_item(intake->broadcast, &items[i]);
        if (fates)
            fates[i] = FATE_SENT;
    }
}

uint64_t intake_turn(struct intake *intake, uint64_t now_ms)
{
    (void)intake;
    (void)now_ms;
    return LOOP_NEVER;
}

void intake_end(struct intake *intake)
{
    (void)intake;
}
