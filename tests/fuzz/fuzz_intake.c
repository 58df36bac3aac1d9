/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever publishers name as ids and prev-ids, and whenever: what goes out, and in which
 * order, is what the model says (tests/support/intake_model.h).
 *
 *     limits   then for each item   channel and flags, id, prev-id, time since the last one
 */
#include <stdint.h>
#include <string.h>

#include "tests/support/intake_model.h"

#define MOST_ITEMS 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pass(struct world *world, struct model *model, uint64_t ms)
{
    model->now_ms += ms;
    model_turn(model);
    world_pass(world, ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model model;
    struct world world;
    if (size < 3)
        return 0;
    world_begin(&world);
    world.bus.says_when = true;
    model = (struct model){
        .window_ms = data[0] * 100U, .wait_ms = data[1] * 20U, .most_waiting = data[2]};
    world.limits.dedup_window_ms = model.window_ms;
    world.limits.sequence_wait_ms = model.wait_ms;
    world.limits.waiting_items = model.most_waiting;
    for (unsigned label = 0; label < MOST_ITEMS && 3 + 4 * label + 4 <= size; label++) {
        const uint8_t *step = data + 3 + 4 * label;
        struct told told = {.channel = step[0] & 3,
                            .no_seq = step[0] >> 7,
                            .id = step[1],
                            .prev_id = step[2],
                            .label = label};
        enum fate expected = model_take(&model, told), got = told_take(&world, &told);
        CHECK(got == expected);
        if (step[3])
            pass(&world, &model, step[3] * 10U);
    }
    pass(&world, &model, 10000);
    char *got = world_said(&world), *expected = buf_take(&model.said);
    CHECK(strcmp(got, expected) == 0);
    CHECK(stats_read(&world.stats, STAT_waiting_items) == 0);
    free(got);
    free(expected);
    world_end(&world);
    return 0;
}
