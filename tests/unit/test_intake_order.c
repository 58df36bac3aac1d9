/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intake under publications in any order: against a model, and by what must be true of
 * each history whatever the model says.
 */
#include "tests/unit/cmocka.h"

#include "tests/support/intake_model.h"

#define ROUNDS 10000
#define STEPS 80

/* Numbers that are the same in each run: xorshift. */
static uint64_t random_state;

static unsigned draw(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % below;
}

static void begin(struct world *world, unsigned round)
{
    random_state = 0x9e3779b97f4a7c15 * (round + 1);
    world_begin(world);
    world->bus.says_when = true;
}

/* ---- against the model ---- */

static void draw_limits(struct world *world, struct model *model)
{
    static const unsigned waits[] = {0, 100, 1000, 5000}, windows[] = {0, 50, 2000, 1000000};
    static const unsigned mosts[] = {0, 1, 2, 5, 100000};
    model->wait_ms = world->limits.sequence_wait_ms = waits[draw(4)];
    model->window_ms = world->limits.dedup_window_ms = windows[draw(4)];
    model->most_waiting = world->limits.waiting_items = mosts[draw(5)];
}

static void one_step(struct world *world, struct model *model, unsigned label, unsigned round)
{
    if (draw(4) == 0) {
        unsigned ms = draw(2) ? draw(50) : draw(3000);
        model->now_ms += ms;
        world_pass(world, ms);
        model_turn(model);
    }
    struct told told = {.channel = draw(2),
                        .id = draw(12),
                        .prev_id = draw(12),
                        .no_seq = draw(20) == 0,
                        .label = label};
    enum fate expected = model_take(model, told), got = told_take(world, &told);
    if (got != expected)
        fail_msg("round %u, item %u: fate %d instead of %d", round, label, got, expected);
}

static void whatever_is_published_it_does_as_the_model_says(void **state)
{
    (void)state;
    static struct model model;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct world world;
        begin(&world, round);
        model = (struct model){0};
        draw_limits(&world, &model);
        for (unsigned label = 0; label < STEPS; label++)
            one_step(&world, &model, label, round);
        world_pass(&world, 10000);
        model.now_ms += 10000;
        model_turn(&model);
        char *got = world_said(&world), *expected = buf_take(&model.said);
        if (strcmp(got, expected) != 0)
            fail_msg("round %u:\n%s\ninstead of\n%s", round, got, expected);
        assert_int_equal(stats_read(&world.stats, STAT_waiting_items), 0);
        assert_int_equal(stats_read(&world.stats, STAT_waiting_bytes), 0);
        free(got);
        free(expected);
        world_end(&world);
    }
}

/* ---- two publishers of one stream ---- */

#define LENGTH 200

/* One of them: how far it is, and from where to where it sends nothing because it is down. */
struct publisher {
    unsigned at, down_from, down_to;
};

static void publish_next(struct world *world, struct publisher *publisher)
{
    unsigned id = ++publisher->at;
    if (id < publisher->down_from || id >= publisher->down_to)
        (void)told_take(world, &(struct told){.id = id, .prev_id = id - 1, .label = id});
}

/* Labels of what went out, without the times. */
static unsigned read_said(struct world *world, unsigned labels[], unsigned room)
{
    char *said = world_said(world);
    unsigned count = 0;
    for (char *rest = said; *rest; count++) {
        assert_in_range(count, 0, room - 1);
        labels[count] = (unsigned)strtoul(rest, &rest, 10);
        rest = strchr(rest, ' ') + 1;
    }
    free(said);
    return count;
}

static void two_publishers_of_one_chain_deliver_it_once_and_in_order(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS / 10; round++) {
        struct world world;
        begin(&world, round);
        struct publisher pair[2] = {{0}, {0}};
        struct publisher *weak = &pair[draw(2)]; /* the other one never fails */
        weak->down_from = 1 + draw(LENGTH);
        weak->down_to = weak->down_from + draw(LENGTH);
        while (pair[0].at < LENGTH || pair[1].at < LENGTH) {
            unsigned who = draw(2);
            if (pair[who].at < LENGTH && pair[who].at < pair[!who].at + 40)
                publish_next(&world, &pair[who]);
            world_pass(&world, draw(40));
        }
        unsigned labels[LENGTH + 1] = {0};
        assert_int_equal(read_said(&world, labels, LENGTH + 1), LENGTH);
        for (unsigned i = 0; i < LENGTH; i++)
            assert_int_equal(labels[i], i + 1);
        world_end(&world);
    }
}

/* ---- messages that overtake each other, get lost, come twice ---- */

/* A chain as a network may deliver it: when each message comes, 0 for never. */
struct journey {
    uint64_t at_ms[LENGTH + 1], again_ms[LENGTH + 1], out_ms[LENGTH + 1];
    unsigned place[LENGTH + 1]; /* among those that went out, 0 for none */
};

static void draw_journey(struct journey *journey)
{
    *journey = (struct journey){0};
    for (unsigned id = 1; id <= LENGTH; id++) {
        uint64_t sent_ms = id * 100ULL;
        unsigned luck = draw(100);
        if (luck >= 3)
            journey->at_ms[id] = sent_ms + draw(luck < 10 ? 9000 : 900);
        if (luck >= 80)
            journey->again_ms[id] = journey->at_ms[id] + 1 + draw(9000);
    }
}

static void travel(struct world *world, struct journey *journey)
{
    while (world->bus.now_ms < LENGTH * 100 + 30000) {
        for (unsigned id = 1; id <= LENGTH; id++) {
            uint64_t now_ms = world->bus.now_ms;
            if (now_ms && (journey->at_ms[id] == now_ms || journey->again_ms[id] == now_ms))
                (void)told_take(world, &(struct told){.id = id, .prev_id = id - 1, .label = id});
        }
        world_pass(world, 1);
    }
}

static void note_what_went_out(struct world *world, struct journey *journey)
{
    char *said = world_said(world);
    unsigned place = 0;
    for (char *rest = said; *rest; rest++) {
        unsigned id = (unsigned)strtoul(rest, &rest, 10);
        assert_in_range(id, 1, LENGTH);
        assert_int_equal(journey->place[id], 0); /* nothing twice */
        journey->place[id] = ++place;
        journey->out_ms[id] = strtoull(rest + 1, &rest, 10);
    }
    free(said);
}

static void check_journey(const struct journey *journey)
{
    for (unsigned id = 1; id <= LENGTH; id++) {
        assert_int_equal(journey->place[id] != 0, journey->at_ms[id] != 0); /* nothing lost */
        if (!journey->at_ms[id])
            continue;
        uint64_t waited_ms = journey->out_ms[id] - journey->at_ms[id];
        assert_in_range(waited_ms, 0, 5000);
        bool is_before_here = journey->at_ms[id - 1] != 0;
        if (is_before_here && journey->at_ms[id - 1] < journey->out_ms[id])
            assert_true(journey->place[id - 1] < journey->place[id]);
        if (is_before_here && journey->out_ms[id - 1] < journey->at_ms[id])
            assert_int_equal(waited_ms, 0);
    }
}

static void nothing_is_lost_or_comes_twice_and_none_goes_before_one_that_has_come(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        struct world world;
        struct journey journey;
        begin(&world, round);
        draw_journey(&journey);
        travel(&world, &journey);
        note_what_went_out(&world, &journey);
        check_journey(&journey);
        world_end(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_published_it_does_as_the_model_says),
        cmocka_unit_test(two_publishers_of_one_chain_deliver_it_once_and_in_order),
        cmocka_unit_test(nothing_is_lost_or_comes_twice_and_none_goes_before_one_that_has_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
