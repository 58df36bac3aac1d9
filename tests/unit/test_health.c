/* SPDX-License-Identifier: Apache-2.0 */
#include "router/health.h"

#include "common/loop.h"
#include "router/broadcast.h"
#include "router/wayback.h"
#include "tests/support/bus.h"

#define LATE_MS 10000

/* Two frontends that answer when the test says so. */
struct ward {
    struct limits limits;
    struct stats stats;
    const struct stats *all[1];
    struct loop *loop;
    struct broadcast *broadcast;
    struct health *health;
    struct wayback *wayback;
    zsock_t *down, *up;
    unsigned asked; /* questions that have come down */
};

static int enter_ward(void **state)
{
    static struct ward ward;
    ward = (struct ward){.all = {&ward.stats}};
    limits_init(&ward.limits);
    ward.loop = loop_new();
    ward.broadcast = broadcast_new(&(struct broadcast_parts){
        .loop = ward.loop,
        .limits = &ward.limits,
        .frontends = 2,
        .stats = &ward.stats,
        .all_stats = ward.all,
        .stats_count = 1,
    });
    ward.health = health_new(ward.broadcast, 2, LATE_MS);
    ward.wayback = wayback_new(ward.loop, &ward.stats);
    ward.down = bus_subscribe();
    ward.up = bus_connect(ZMQ_PUSH, BUS_UP);
    broadcast_turn(ward.broadcast);
    *state = &ward;
    return 0;
}

static int leave_ward(void **state)
{
    struct ward *ward = *state;
    zsock_destroy(&ward->down);
    zsock_destroy(&ward->up);
    health_free(ward->health);
    wayback_free(ward->wayback);
    broadcast_free(ward->broadcast);
    loop_free(ward->loop);
    return 0;
}

/* Lets `frontend` answer question `serial`. */
static void answer(struct ward *ward, unsigned frontend, uint64_t serial)
{
    char question[QUESTION_BYTES], reply[QUESTION_BYTES];
    size_t len = question_ask(question, serial);
    len = question_answer(reply, span(question, len), frontend);
    assert_int_equal(zmq_send(zsock_resolve(ward->up), reply, len, 0), (int)len);
}

static void turn_at(struct ward *ward, uint64_t now_ms)
{
    struct wayback_word word;
    while (wayback_next(ward->wayback, &word) == WAYBACK_ANSWER)
        health_take(ward->health, &word.answer, now_ms);
    (void)health_turn(ward->health, now_ms);
    while (!bus_is_silent(ward->down)) {
        zmq_msg_t message;
        assert_true(question_is(bus_next(ward->down, &message)));
        zmq_msg_close(&message);
        ward->asked++;
    }
}

static void assert_late(struct ward *ward, uint64_t now_ms, unsigned number, uint64_t silence_ms)
{
    unsigned frontend = 99;
    uint64_t silent_ms = 0;
    assert_true(health_is_late(ward->health, now_ms, &frontend, &silent_ms));
    assert_int_equal(frontend, number);
    assert_int_equal(silent_ms, silence_ms);
}

static void assert_none_late(struct ward *ward, uint64_t now_ms)
{
    unsigned frontend;
    uint64_t silent_ms;
    assert_false(health_is_late(ward->health, now_ms, &frontend, &silent_ms));
}

static void frontends_are_asked_at_once_and_then_each_second(void **state)
{
    struct ward *ward = *state;
    turn_at(ward, 5000);
    assert_int_equal(ward->asked, 1);
    assert_int_equal(health_turn(ward->health, 5400), 600);
    turn_at(ward, 5999);
    assert_int_equal(ward->asked, 1);
    turn_at(ward, 6000);
    assert_int_equal(ward->asked, 2);
}

static void frontends_that_answer_are_not_late(void **state)
{
    struct ward *ward = *state;
    for (uint64_t second = 1; second <= 30; second++) {
        turn_at(ward, second * 1000);
        answer(ward, 0, second);
        answer(ward, 1, second);
        turn_at(ward, second * 1000 + 1);
        assert_none_late(ward, second * 1000 + 1);
    }
    assert_int_equal(ward->asked, 30);
}

static void one_that_owes_an_answer_is_late_after_the_wait_and_is_named(void **state)
{
    struct ward *ward = *state;
    turn_at(ward, 1000);
    answer(ward, 0, 1);
    turn_at(ward, 1001);
    assert_none_late(ward, 10999);
    assert_late(ward, 11000, 1, 10000);
    assert_late(ward, 13500, 1, 12500);
}

static void silence_counts_from_the_first_question_without_an_answer(void **state)
{
    struct ward *ward = *state;
    turn_at(ward, 1000);
    answer(ward, 0, 1);
    answer(ward, 1, 1);
    turn_at(ward, 1001);
    for (uint64_t second = 2; second <= 11; second++) {
        turn_at(ward, second * 1000);
        answer(ward, 0, second);
        turn_at(ward, second * 1000 + 1);
    }
    assert_none_late(ward, 11999);
    assert_late(ward, 12000, 1, 10000);
}

static void a_machine_that_slept_has_nobody_late(void **state)
{
    struct ward *ward = *state;
    turn_at(ward, 1000);
    answer(ward, 0, 1);
    answer(ward, 1, 1);
    turn_at(ward, 1001);
    assert_none_late(ward, 3600000);
    turn_at(ward, 3600000);
    assert_none_late(ward, 3600000);
}

static void an_answer_to_an_old_question_shows_life_but_pays_only_that_debt(void **state)
{
    struct ward *ward = *state;
    turn_at(ward, 1000);
    turn_at(ward, 2000);
    answer(ward, 0, 2);
    answer(ward, 1, 1);
    turn_at(ward, 2500);
    assert_none_late(ward, 12499);
    assert_late(ward, 12500, 1, 10000);
}

static void while_one_is_late_nobody_is_asked(void **state)
{
    struct ward *ward = *state;
    turn_at(ward, 1000);
    answer(ward, 0, 1);
    turn_at(ward, 20000);
    turn_at(ward, 30000);
    assert_int_equal(ward->asked, 1);
    answer(ward, 1, 1);
    turn_at(ward, 31000);
    assert_none_late(ward, 31000);
    assert_int_equal(ward->asked, 2);
}

int main(void)
{
#define IN_WARD(test) cmocka_unit_test_setup_teardown(test, enter_ward, leave_ward)
    const struct CMUnitTest tests[] = {
        IN_WARD(frontends_are_asked_at_once_and_then_each_second),
        IN_WARD(frontends_that_answer_are_not_late),
        IN_WARD(one_that_owes_an_answer_is_late_after_the_wait_and_is_named),
        IN_WARD(silence_counts_from_the_first_question_without_an_answer),
        IN_WARD(a_machine_that_slept_has_nobody_late),
        IN_WARD(an_answer_to_an_old_question_shows_life_but_pays_only_that_debt),
        IN_WARD(while_one_is_late_nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
