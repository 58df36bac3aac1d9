/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/bus.h"

#include "common/question.h"
#include "router/health.h"

static struct health *health;
static zsock_t *up[BUS_FRONTENDS]; /* PUSH */

static int health_setup(void **state)
{
    (void)bus_setup(state);
    health = health_new(bus.loop, bus.broadcast, BUS_FRONTENDS);
    for (int i = 0; i < BUS_FRONTENDS; i++) {
        bus_subscribe(i);
        up[i] = zsock_new(ZMQ_PUSH);
        assert_int_equal(zsock_connect(up[i], "%s", BUS_UP), 0);
    }
    broadcast_turn(bus.broadcast);
    return 0;
}

static int health_teardown(void **state)
{
    for (int i = 0; i < BUS_FRONTENDS; i++)
        zsock_destroy(&up[i]);
    health_free(health);
    return bus_teardown(state);
}

/* What a frontend does with the bus. Returns: how many questions it answered. */
static int answer_questions(int frontend)
{
    int count = 0;
    zmq_msg_t frame;
    while (bus_drain(frontend, &frame)) {
        struct span question = span(zmq_msg_data(&frame), zmq_msg_size(&frame));
        char answer[QUESTION_BYTES];
        assert_true(question_is(question));
        size_t len = question_answer(answer, question, (unsigned)frontend);
        assert_int_equal(zmq_send(zsock_resolve(up[frontend]), answer, len, 0), len);
        (void)zmq_msg_close(&frame);
        count++;
    }
    return count;
}

static void all_is_well_while_everybody_answers(void **state)
{
    (void)state;
    assert_null(health_complaint(health, 0));
    for (uint64_t now_ms = 0; now_ms < 60000; now_ms += 1000) {
        (void)health_turn(health, now_ms);
        assert_int_equal(answer_questions(0), 1);
        assert_int_equal(answer_questions(1), 1);
        (void)health_turn(health, now_ms + 1);
        assert_null(health_complaint(health, now_ms + 1));
    }
}

static void a_frontend_that_stays_silent_is_named(void **state)
{
    (void)state;
    (void)health_turn(health, 5000);
    (void)answer_questions(0);
    (void)health_turn(health, 14999);
    assert_null(health_complaint(health, 14999));
    assert_string_equal(health_complaint(health, 15000),
                        "frontend 1 has not taken anything from the bus for 10 s");
}

static void it_is_well_again_when_the_answer_comes(void **state)
{
    (void)state;
    (void)health_turn(health, 5000);
    (void)answer_questions(0);
    assert_non_null(health_complaint(health, 30000));
    (void)answer_questions(1);
    (void)health_turn(health, 30001);
    assert_null(health_complaint(health, 30001));
}

static void questions_do_not_pile_up_before_a_silent_frontend(void **state)
{
    (void)state;
    for (uint64_t now_ms = 0; now_ms < 60000; now_ms += 500)
        (void)health_turn(health, now_ms);
    assert_int_equal(answer_questions(1), 1);
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, health_setup, health_teardown)
    const struct CMUnitTest tests[] = {
        RULE(all_is_well_while_everybody_answers),
        RULE(a_frontend_that_stays_silent_is_named),
        RULE(it_is_well_again_when_the_answer_comes),
        RULE(questions_do_not_pile_up_before_a_silent_frontend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
