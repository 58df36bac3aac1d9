/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the router promises of ids and prev-ids, told as plainly as possible: a
 * history that is searched from its beginning for every question. The intake must say
 * the same word for word (tests/support/intake_world.h).
 *
 * Ids are small numbers, 0 for none; what goes out is written "LABEL@TIME ". Nothing is
 * ever forgotten here, so the intake must have room to remember all.
 */
#ifndef TESTS_SUPPORT_INTAKE_MODEL_H
#define TESTS_SUPPORT_INTAKE_MODEL_H

#include <stdio.h>

#include "tests/support/intake_world.h"

#define MODEL_ITEMS 1000

struct told {
    unsigned channel, id, prev_id, label;
    bool no_seq;
    enum { TOLD_DUPLICATE, TOLD_WAITS, TOLD_OUT } state;
    uint64_t at_ms;
    bool is_visited;
};

struct model {
    uint64_t window_ms, wait_ms, most_waiting;
    struct told told[MODEL_ITEMS]; /* in the order in which they came */
    unsigned count;
    uint64_t now_ms;
    struct buf said;
};

static inline bool model_is(const struct told *told, unsigned channel, unsigned id)
{
    return id && told->channel == channel && told->id == id;
}

static inline struct told *model_oldest(struct model *model)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->told[i].state == TOLD_WAITS)
            return &model->told[i];
    return NULL;
}

static inline unsigned model_waiting(const struct model *model)
{
    unsigned waiting = 0;
    for (unsigned i = 0; i < model->count; i++)
        waiting += model->told[i].state == TOLD_WAITS;
    return waiting;
}

/* An id is seen when it is accepted, and as long as it waits. */
static inline bool model_is_duplicate(const struct model *model, unsigned channel, unsigned id)
{
    for (unsigned i = 0; i < model->count && model->window_ms; i++) {
        const struct told *told = &model->told[i];
        if (!model_is(told, channel, id) || told->state == TOLD_DUPLICATE)
            continue;
        if (told->state == TOLD_WAITS || model->now_ms < told->at_ms + model->window_ms)
            return true;
    }
    return false;
}

static inline bool model_is_out(const struct model *model, unsigned channel, unsigned id)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model_is(&model->told[i], channel, id) && model->told[i].state == TOLD_OUT)
            return true;
    return false;
}

/* It goes; then those who waited for it, in their order; then those who waited for these. */
static inline void model_send(struct model *model, struct told *first)
{
    struct told *line[MODEL_ITEMS] = {first};
    for (unsigned at = 0, end = 1; at < end; at++) {
        buf_printf(&model->said, "%u@%llu ", line[at]->label, (unsigned long long)model->now_ms);
        line[at]->state = TOLD_OUT;
        for (unsigned i = 0; i < model->count; i++) {
            struct told *told = &model->told[i];
            bool is_in_line = false;
            for (unsigned j = 0; j < end; j++)
                is_in_line = is_in_line || line[j] == told;
            if (!is_in_line && told->state == TOLD_WAITS &&
                model_is(line[at], told->channel, told->prev_id))
                line[end++] = told;
        }
    }
}

static inline struct told *model_before(struct model *model, const struct told *one)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->told[i].state == TOLD_WAITS &&
            model_is(&model->told[i], one->channel, one->prev_id))
            return &model->told[i];
    return NULL;
}

/* Ends the wait of the oldest: the chain goes from its head, a ring from where it was met. */
static inline void model_release(struct model *model)
{
    struct told *head = model_oldest(model);
    for (unsigned i = 0; i < model->count; i++)
        model->told[i].is_visited = false;
    for (struct told *before = head; before && !before->is_visited;) {
        head = before;
        head->is_visited = true;
        before = model_before(model, head);
        if (before && before->is_visited)
            head = before;
    }
    model_send(model, head);
}

static inline bool model_must_wait(const struct model *model, const struct told *told)
{
    return told->prev_id && !told->no_seq && model->wait_ms && told->prev_id != told->id &&
           !model_is_out(model, told->channel, told->prev_id);
}

static inline enum fate model_take(struct model *model, struct told told)
{
    CHECK(model->count < MODEL_ITEMS);
    told.at_ms = model->now_ms;
    bool is_duplicate = model_is_duplicate(model, told.channel, told.id);
    struct told *one = &model->told[model->count];
    *one = told;
    one->state = TOLD_DUPLICATE;
    if (is_duplicate) {
        model->count++;
        return FATE_DUPLICATE;
    }
    if (model_must_wait(model, one))
        while (model_waiting(model) >= model->most_waiting && model_oldest(model))
            model_release(model);
    model->count++;
    if (model->most_waiting && model_must_wait(model, one)) {
        one->state = TOLD_WAITS;
        return FATE_WAITING;
    }
    model_send(model, one);
    return FATE_SENT;
}

static inline void model_turn(struct model *model)
{
    for (const struct told *old; (old = model_oldest(model));) {
        if (old->at_ms + model->wait_ms > model->now_ms)
            return;
        model_release(model);
    }
}

/* Tells the intake what the model was told. */
static inline enum fate told_take(struct world *world, const struct told *told)
{
    char channel[16], id[16], prev_id[16], label[16];
    (void)snprintf(channel, sizeof(channel), "channel %u", told->channel);
    (void)snprintf(id, sizeof(id), "%u", told->id);
    (void)snprintf(prev_id, sizeof(prev_id), "%u", told->prev_id);
    (void)snprintf(label, sizeof(label), "%u", told->label);
    struct item item =
        world_item(channel, told->id ? id : NULL, told->prev_id ? prev_id : NULL, label);
    item.no_seq = told->no_seq;
    return world_take(world, &item);
}

#endif
