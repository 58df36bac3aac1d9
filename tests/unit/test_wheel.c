/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/wheel.h"

#define START_MS 1000000
#define SLOT_MS 32

struct alarm {
    struct timer timer;
    uint64_t fired_ms; /* 0: not yet */
    struct timer *cancels;
};

static void on_due(struct timer *timer, uint64_t now_ms)
{
    struct alarm *alarm = container_of(timer, struct alarm, timer);
    alarm->fired_ms = now_ms;
    if (alarm->cancels)
        timer_cancel(alarm->cancels);
}

static void a_timer_fires_once_never_early_and_at_most_a_slot_late(void **state)
{
    (void)state;
    for (uint64_t in_ms = 0; in_ms < 300; in_ms++) {
        struct wheel *wheel = wheel_new(START_MS);
        struct alarm alarm = {0};
        timer_arm(wheel, &alarm.timer, START_MS + in_ms, on_due);
        for (uint64_t now_ms = START_MS; !alarm.fired_ms; now_ms++)
            (void)wheel_turn(wheel, now_ms);
        assert_true(alarm.fired_ms >= START_MS + in_ms);
        assert_true(alarm.fired_ms <= START_MS + in_ms + SLOT_MS);
        assert_false(list_is_linked(&alarm.timer.node));
        wheel_free(wheel);
    }
}

static void a_timer_rounds_away_waits_for_its_round(void **state)
{
    (void)state;
    struct wheel *wheel = wheel_new(START_MS);
    struct alarm alarm = {0};
    uint64_t due_ms = START_MS + UINT64_C(1000000);
    timer_arm(wheel, &alarm.timer, due_ms, on_due);
    for (uint64_t now_ms = START_MS; now_ms < due_ms; now_ms += 500)
        (void)wheel_turn(wheel, now_ms);
    assert_int_equal(alarm.fired_ms, 0);
    (void)wheel_turn(wheel, due_ms + SLOT_MS);
    assert_int_equal(alarm.fired_ms, due_ms + SLOT_MS);
    wheel_free(wheel);
}

static void the_wait_leads_to_the_next_timer_and_an_idle_wheel_wants_none(void **state)
{
    (void)state;
    struct wheel *wheel = wheel_new(START_MS);
    assert_int_equal(wheel_turn(wheel, START_MS), UINT64_MAX);
    struct alarm alarm = {0};
    timer_arm(wheel, &alarm.timer, START_MS + 5000, on_due);
    uint64_t wait_ms = wheel_turn(wheel, START_MS);
    assert_in_range(wait_ms, 4990, 5000 + SLOT_MS);
    (void)wheel_turn(wheel, START_MS + wait_ms);
    assert_int_equal(alarm.fired_ms, START_MS + wait_ms);
    timer_arm(wheel, &alarm.timer, START_MS + 9000, on_due);
    timer_cancel(&alarm.timer);
    assert_int_equal(wheel_turn(wheel, START_MS + 6000), UINT64_MAX);
    wheel_free(wheel);
}

static void a_timer_may_cancel_its_neighbour_of_the_same_slot(void **state)
{
    (void)state;
    struct wheel *wheel = wheel_new(START_MS);
    struct alarm second = {0};
    struct alarm first = {.cancels = &second.timer};
    timer_arm(wheel, &first.timer, START_MS + 100, on_due);
    timer_arm(wheel, &second.timer, START_MS + 100, on_due);
    (void)wheel_turn(wheel, START_MS + 200);
    assert_int_not_equal(first.fired_ms, 0);
    assert_int_equal(second.fired_ms, 0);
    wheel_free(wheel);
}

static void an_armed_timer_is_moved_by_arming_it_again(void **state)
{
    (void)state;
    struct wheel *wheel = wheel_new(START_MS);
    struct alarm alarm = {0};
    timer_arm(wheel, &alarm.timer, START_MS + 100, on_due);
    timer_arm(wheel, &alarm.timer, START_MS + 1000, on_due);
    (void)wheel_turn(wheel, START_MS + 500);
    assert_int_equal(alarm.fired_ms, 0);
    (void)wheel_turn(wheel, START_MS + 1100);
    assert_int_equal(alarm.fired_ms, START_MS + 1100);
    wheel_free(wheel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_fires_once_never_early_and_at_most_a_slot_late),
        cmocka_unit_test(a_timer_rounds_away_waits_for_its_round),
        cmocka_unit_test(the_wait_leads_to_the_next_timer_and_an_idle_wheel_wants_none),
        cmocka_unit_test(a_timer_may_cancel_its_neighbour_of_the_same_slot),
        cmocka_unit_test(an_armed_timer_is_moved_by_arming_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
