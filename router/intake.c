/* SPDX-License-Identifier: Apache-2.0 */
#include "router/intake.h"

#include <stdlib.h>

#include "common/item.h"
#include "common/mem.h"
#include "router/broadcast.h"

struct intake {
    struct broadcast *broadcast;
};

struct intake *intake_new(struct broadcast *broadcast)
{
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

void intake_take(struct intake *intake, const struct item *items, size_t count)
{
    broadcast_turn(intake->broadcast);
    for (size_t i = 0; i < count; i++)
        broadcast_item(intake->broadcast, &items[i]);
}
