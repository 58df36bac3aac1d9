/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "tests/support/intake_world.h"

static struct world here;

static int enter(void **state)
{
    world_begin(&here);
    *state = &here;
    return 0;
}

static int leave(void **state)
{
    world_end(*state);
    return 0;
}

/* ---- the end of waiting ---- */

static void an_item_goes_when_it_has_waited_for_long_enough(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "3", "2");
    world_pass(world, 1000);
    assert_int_equal(world->wish_ms, 4000);
    world_pass(world, 3999);
    assert_said(world, "");
    assert_int_equal(world->wish_ms, 1);
    world_pass(world, 1);
    assert_said(world, "3 ");
    assert_true(world->wish_ms == LOOP_NEVER);
    assert_int_equal(world_counted(world, STAT_waits_timed_out), 1);
}

static void with_it_go_those_before_it_and_those_behind_it_in_their_order(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "5", "4");
    (void)world_publish(world, "6", "5");
    world_pass(world, 1000);
    (void)world_publish(world, "4", "3");
    world_pass(world, 4000);
    assert_said(world, "4 5 6 ");
    assert_int_equal(world_counted(world, STAT_waits_timed_out), 1); /* one item is missing */
}

static void after_a_gap_the_chain_goes_on(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "3", "2");
    world_pass(world, 5000);
    assert_int_equal(world_publish(world, "4", "3"), FATE_SENT);
    assert_said(world, "3 4 ");
}

static void an_item_that_comes_late_goes_when_it_comes(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "1", NULL);
    (void)world_publish(world, "3", "2");
    world_pass(world, 5000);
    assert_int_equal(world_publish(world, "2", "1"), FATE_SENT);
    assert_said(world, "1 3 2 ");
    assert_int_equal(world_publish(world, "4", "3"), FATE_SENT);
}

static void an_item_that_names_itself_waits_for_nobody(void **state)
{
    struct world *world = *state;
    assert_int_equal(world_publish(world, "1", "1"), FATE_SENT);
    assert_said(world, "1 ");
}

static void items_that_wait_for_each_other_all_go_in_the_end(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "behind", "a");
    (void)world_publish(world, "a", "c");
    (void)world_publish(world, "b", "a");
    (void)world_publish(world, "c", "b");
    world_pass(world, 5000);
    assert_said(world, "a behind b c ");
}

static void a_stop_sends_what_waits_and_nothing_waits_any_more(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "3", "2");
    (void)world_publish(world, "9", "8");
    (void)world_publish(world, "2", "1");
    intake_end(world->intake, 0);
    assert_said(world, "2 3 9 ");
    assert_int_equal(world_publish(world, "6", "5"), FATE_SENT);
    assert_int_equal(world_publish(world, "6", "5"), FATE_DUPLICATE);
    assert_said(world, "6 ");
}

static void where_the_wait_is_0_nothing_waits(void **state)
{
    struct world *world = *state;
    world->limits.sequence_wait_ms = 0;
    assert_int_equal(world_publish(world, "3", "2"), FATE_SENT);
    assert_said(world, "3 ");
}

/* ---- limits ---- */

static void past_the_limit_the_item_that_has_waited_longest_goes(void **state)
{
    struct world *world = *state;
    world->limits.waiting_items = 2;
    (void)world_publish(world, "a2", "a1");
    (void)world_publish(world, "b2", "b1");
    assert_int_equal(world_publish(world, "c2", "c1"), FATE_WAITING);
    assert_said(world, "a2 ");
    assert_int_equal(world_counted(world, STAT_waits_cut_short), 1);
    assert_int_equal(world_counted(world, STAT_waiting_items), 2);
}

static void an_item_does_not_wait_for_one_that_made_room_for_it(void **state)
{
    struct world *world = *state;
    world->limits.waiting_items = 1;
    (void)world_publish(world, "2", "1");
    assert_int_equal(world_publish(world, "3", "2"), FATE_SENT);
    assert_said(world, "2 3 ");
    assert_int_equal(world_counted(world, STAT_waiting_items), 0);
}

static void past_the_limit_of_bytes_as_many_go_as_have_to(void **state)
{
    struct world *world = *state;
    char large[3000];
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    world->limits.waiting_bytes = 5000;
    (void)world_publish(world, "a2", "a1");
    uint64_t bytes = world_counted(world, STAT_waiting_bytes);
    assert_in_range(bytes, 100, 700);
    (void)world_publish(world, "b2", "b1");
    assert_int_equal(world_counted(world, STAT_waiting_bytes), 2 * bytes);
    struct item item = world_item("c", "c2", "c1", large);
    assert_int_equal(world_take(world, &item), FATE_WAITING);
    assert_said(world, "a2 ");
    assert_in_range(world_counted(world, STAT_waiting_bytes), 3000, 5000);
    intake_end(world->intake, 0);
    assert_int_equal(world_counted(world, STAT_waiting_bytes), 0);
}

static void an_item_for_which_there_is_no_room_at_all_goes(void **state)
{
    struct world *world = *state;
    world->limits.waiting_bytes = 100;
    assert_int_equal(world_publish(world, "2", "1"), FATE_SENT);
    assert_said(world, "2 ");
    assert_int_equal(world_counted(world, STAT_waits_cut_short), 1);
    assert_int_equal(world_counted(world, STAT_items_delayed), 0);
}

static void the_bus_says_whether_publishers_have_to_wait(void **state)
{
    struct world *world = *state;
    assert_false(intake_is_full(world->intake));
    world->bus.is_full = true;
    assert_true(intake_is_full(world->intake));
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, enter, leave)
    const struct CMUnitTest tests[] = {
        HERE(an_item_goes_when_it_has_waited_for_long_enough),
        HERE(with_it_go_those_before_it_and_those_behind_it_in_their_order),
        HERE(after_a_gap_the_chain_goes_on),
        HERE(an_item_that_comes_late_goes_when_it_comes),
        HERE(an_item_that_names_itself_waits_for_nobody),
        HERE(items_that_wait_for_each_other_all_go_in_the_end),
        HERE(a_stop_sends_what_waits_and_nothing_waits_any_more),
        HERE(where_the_wait_is_0_nothing_waits),
        HERE(past_the_limit_the_item_that_has_waited_longest_goes),
        HERE(an_item_does_not_wait_for_one_that_made_room_for_it),
        HERE(past_the_limit_of_bytes_as_many_go_as_have_to),
        HERE(an_item_for_which_there_is_no_room_at_all_goes),
        HERE(the_bus_says_whether_publishers_have_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
