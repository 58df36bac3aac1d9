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

/* On channel "c"; `what` is its id and its content. */
static enum fate publish(struct world *world, const char *what, const char *prev_id)
{
    struct item item = world_item("c", what, prev_id, what);
    return world_take(world, &item);
}

static enum fate publish_on(struct world *world, const char *channel, const char *what,
                            const char *prev_id)
{
    struct item item = world_item(channel, what, prev_id, what);
    return world_take(world, &item);
}

static uint64_t counted(const struct world *world, enum stat_id which)
{
    return stats_read(&world->stats, which);
}

#define assert_said(world, expected)                                                               \
    do {                                                                                           \
        char *said_ = world_said(world);                                                           \
        assert_string_equal(said_, expected);                                                      \
        free(said_);                                                                               \
    } while (0)

/* ---- waiting ---- */

static void an_item_waits_for_the_one_before_it(void **state)
{
    struct world *world = *state;
    assert_int_equal(publish(world, "1", NULL), FATE_SENT);
    assert_int_equal(publish(world, "3", "2"), FATE_WAITING);
    assert_said(world, "1 ");
    assert_int_equal(publish(world, "2", "1"), FATE_SENT);
    assert_said(world, "2 3 ");
    world_pass(world, 60000);
    assert_said(world, "");
}

static void a_chain_that_was_published_backwards_goes_out_forwards(void **state)
{
    struct world *world = *state;
    (void)publish(world, "5", "4");
    (void)publish(world, "4", "3");
    (void)publish(world, "3", "2");
    (void)publish(world, "2", "1");
    assert_said(world, "");
    (void)publish(world, "1", NULL);
    assert_said(world, "1 2 3 4 5 ");
}

static void an_item_may_follow_any_that_has_gone_out(void **state)
{
    struct world *world = *state;
    (void)publish(world, "1", NULL);
    (void)publish(world, "2", "1");
    assert_int_equal(publish(world, "b", "1"), FATE_SENT);
    assert_int_equal(publish(world, "c", "1"), FATE_SENT);
    assert_said(world, "1 2 b c ");
}

static void an_item_without_a_prev_id_goes_at_once(void **state)
{
    struct world *world = *state;
    (void)publish(world, "3", "2");
    assert_int_equal(publish(world, "9", NULL), FATE_SENT);
    assert_said(world, "9 ");
}

static void an_item_with_no_seq_goes_at_once_and_others_may_follow_it(void **state)
{
    struct world *world = *state;
    struct item item = world_item("c", "3", "2", "3");
    item.no_seq = true;
    (void)publish(world, "4", "3");
    assert_int_equal(world_take(world, &item), FATE_SENT);
    assert_said(world, "3 4 ");
    assert_int_equal(world_take(world, &item), FATE_DUPLICATE);
}

static void all_that_wait_for_one_item_go_in_the_order_in_which_they_came(void **state)
{
    struct world *world = *state;
    (void)publish(world, "2a", "1");
    (void)publish(world, "3", "2a");
    (void)publish(world, "2b", "1");
    (void)publish(world, "2c", "1");
    (void)publish(world, "1", NULL);
    assert_said(world, "1 2a 2b 2c 3 ");
}

static void an_item_without_an_id_waits_too(void **state)
{
    struct world *world = *state;
    struct item item = world_item("c", NULL, "1", "nameless");
    assert_int_equal(world_take(world, &item), FATE_WAITING);
    assert_int_equal(world_take(world, &item), FATE_WAITING);
    (void)publish(world, "1", NULL);
    assert_said(world, "1 nameless nameless ");
}

static void the_same_ids_on_two_channels_have_nothing_to_do_with_each_other(void **state)
{
    struct world *world = *state;
    assert_int_equal(publish_on(world, "a", "2", "1"), FATE_WAITING);
    assert_int_equal(publish_on(world, "b", "1", NULL), FATE_SENT);
    assert_int_equal(publish_on(world, "b", "2", "1"), FATE_SENT);
    assert_said(world, "1 2 ");
    assert_int_equal(publish_on(world, "a", "1", NULL), FATE_SENT);
    assert_said(world, "1 2 ");
}

static void what_waits_is_a_copy_of_the_whole_item(void **state)
{
    struct world *world = *state;
    char memory[] = "c21two";
    struct item item = {
        .channel = span(memory, 1), .id = span(memory + 1, 1), .prev_id = span(memory + 2, 1)};
    item.formats[FORMAT_STREAM] =
        (struct format){.is_present = true, .content = span(memory + 3, 3)};
    assert_int_equal(world_take(world, &item), FATE_WAITING);
    memset(memory, 'x', sizeof(memory));
    (void)publish(world, "1", NULL);
    assert_said(world, "1 two ");
    assert_int_equal(publish(world, "3", "2"), FATE_SENT);
}

static void the_items_of_one_batch_are_taken_one_after_the_other(void **state)
{
    struct world *world = *state;
    const struct item items[] = {
        world_item("c", "3", "2", "3"),      world_item("c", "1", NULL, "1"),
        world_item("c", "1", NULL, "again"), world_item("c", "2", "1", "2"),
        world_item("c", NULL, NULL, "end"),
    };
    enum fate fates[5];
    intake_take(world->intake, items, 5, 0, fates);
    assert_said(world, "1 2 3 end ");
    const enum fate expected[] = {FATE_WAITING, FATE_SENT, FATE_DUPLICATE, FATE_SENT, FATE_SENT};
    assert_memory_equal(fates, expected, sizeof(fates));
    assert_int_equal(counted(world, STAT_items_published), 5);
}

/* ---- the end of waiting ---- */

static void an_item_goes_when_it_has_waited_for_long_enough(void **state)
{
    struct world *world = *state;
    (void)publish(world, "3", "2");
    world_pass(world, 1000);
    assert_int_equal(world->wish_ms, 4000);
    world_pass(world, 3999);
    assert_said(world, "");
    assert_int_equal(world->wish_ms, 1);
    world_pass(world, 1);
    assert_said(world, "3 ");
    assert_true(world->wish_ms == LOOP_NEVER);
    assert_int_equal(counted(world, STAT_waits_timed_out), 1);
}

static void with_it_go_those_before_it_and_those_behind_it_in_their_order(void **state)
{
    struct world *world = *state;
    (void)publish(world, "5", "4");
    (void)publish(world, "6", "5");
    world_pass(world, 1000);
    (void)publish(world, "4", "3");
    world_pass(world, 4000);
    assert_said(world, "4 5 6 ");
    assert_int_equal(counted(world, STAT_waits_timed_out), 1); /* one item is missing */
}

static void after_a_gap_the_chain_goes_on(void **state)
{
    struct world *world = *state;
    (void)publish(world, "3", "2");
    world_pass(world, 5000);
    assert_int_equal(publish(world, "4", "3"), FATE_SENT);
    assert_said(world, "3 4 ");
}

static void an_item_that_comes_late_goes_when_it_comes(void **state)
{
    struct world *world = *state;
    (void)publish(world, "1", NULL);
    (void)publish(world, "3", "2");
    world_pass(world, 5000);
    assert_int_equal(publish(world, "2", "1"), FATE_SENT);
    assert_said(world, "1 3 2 ");
    assert_int_equal(publish(world, "4", "3"), FATE_SENT);
}

static void an_item_that_names_itself_waits_for_nobody(void **state)
{
    struct world *world = *state;
    assert_int_equal(publish(world, "1", "1"), FATE_SENT);
    assert_said(world, "1 ");
}

static void items_that_wait_for_each_other_all_go_in_the_end(void **state)
{
    struct world *world = *state;
    (void)publish(world, "behind", "a");
    (void)publish(world, "a", "c");
    (void)publish(world, "b", "a");
    (void)publish(world, "c", "b");
    world_pass(world, 5000);
    assert_said(world, "a behind b c ");
}

static void a_stop_sends_what_waits_and_nothing_waits_any_more(void **state)
{
    struct world *world = *state;
    (void)publish(world, "3", "2");
    (void)publish(world, "9", "8");
    (void)publish(world, "2", "1");
    intake_end(world->intake, 0);
    assert_said(world, "2 3 9 ");
    assert_int_equal(publish(world, "6", "5"), FATE_SENT);
    assert_int_equal(publish(world, "6", "5"), FATE_DUPLICATE);
    assert_said(world, "6 ");
}

static void where_the_wait_is_0_nothing_waits(void **state)
{
    struct world *world = *state;
    world->limits.sequence_wait_ms = 0;
    assert_int_equal(publish(world, "3", "2"), FATE_SENT);
    assert_said(world, "3 ");
}

/* ---- duplicates ---- */

static void an_id_that_was_published_before_is_a_duplicate_for_a_while(void **state)
{
    struct world *world = *state;
    struct item other = world_item("c", "1", NULL, "other content");
    assert_int_equal(publish(world, "1", NULL), FATE_SENT);
    world_pass(world, 6000);
    assert_int_equal(world_take(world, &other), FATE_DUPLICATE);
    world_pass(world, 3999);
    assert_int_equal(world_take(world, &other), FATE_DUPLICATE);
    assert_said(world, "1 ");
    world_pass(world, 1);
    assert_int_equal(world_take(world, &other), FATE_SENT);
    assert_said(world, "other content ");
    assert_int_equal(publish(world, "1", NULL), FATE_DUPLICATE);
    assert_int_equal(counted(world, STAT_items_duplicate), 3);
}

static void items_without_an_id_are_no_duplicates(void **state)
{
    struct world *world = *state;
    struct item item = world_item("c", NULL, NULL, "x");
    assert_int_equal(world_take(world, &item), FATE_SENT);
    assert_int_equal(world_take(world, &item), FATE_SENT);
    assert_said(world, "x x ");
}

static void an_item_is_a_duplicate_of_one_that_waits_however_long(void **state)
{
    struct world *world = *state;
    world->limits.dedup_window_ms = 1000;
    (void)publish(world, "3", "2");
    assert_int_equal(publish(world, "3", "2"), FATE_DUPLICATE);
    world_pass(world, 4000);
    assert_int_equal(publish(world, "3", "2"), FATE_DUPLICATE);
    assert_int_equal(publish(world, "3", NULL), FATE_DUPLICATE);
    world_pass(world, 1000);
    assert_said(world, "3 ");
}

static void where_the_window_is_0_there_are_no_duplicates(void **state)
{
    struct world *world = *state;
    world->limits.dedup_window_ms = 0;
    (void)publish(world, "2", "1");
    (void)publish(world, "2", "1");
    (void)publish(world, "3", "2");
    (void)publish(world, "1", NULL);
    (void)publish(world, "1", NULL);
    assert_said(world, "1 2 2 3 1 ");
}

/* ---- limits ---- */

static void past_the_limit_the_item_that_has_waited_longest_goes(void **state)
{
    struct world *world = *state;
    world->limits.waiting_items = 2;
    (void)publish(world, "a2", "a1");
    (void)publish(world, "b2", "b1");
    assert_int_equal(publish(world, "c2", "c1"), FATE_WAITING);
    assert_said(world, "a2 ");
    assert_int_equal(counted(world, STAT_waits_cut_short), 1);
    assert_int_equal(counted(world, STAT_waiting_items), 2);
}

static void an_item_does_not_wait_for_one_that_made_room_for_it(void **state)
{
    struct world *world = *state;
    world->limits.waiting_items = 1;
    (void)publish(world, "2", "1");
    assert_int_equal(publish(world, "3", "2"), FATE_SENT);
    assert_said(world, "2 3 ");
    assert_int_equal(counted(world, STAT_waiting_items), 0);
}

static void past_the_limit_of_bytes_as_many_go_as_have_to(void **state)
{
    struct world *world = *state;
    char large[3000];
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    world->limits.waiting_bytes = 5000;
    (void)publish(world, "a2", "a1");
    uint64_t bytes = counted(world, STAT_waiting_bytes);
    assert_in_range(bytes, 100, 700);
    (void)publish(world, "b2", "b1");
    assert_int_equal(counted(world, STAT_waiting_bytes), 2 * bytes);
    struct item item = world_item("c", "c2", "c1", large);
    assert_int_equal(world_take(world, &item), FATE_WAITING);
    assert_said(world, "a2 ");
    assert_in_range(counted(world, STAT_waiting_bytes), 3000, 5000);
    intake_end(world->intake, 0);
    assert_int_equal(counted(world, STAT_waiting_bytes), 0);
}

static void an_item_for_which_there_is_no_room_at_all_goes(void **state)
{
    struct world *world = *state;
    world->limits.waiting_bytes = 100;
    assert_int_equal(publish(world, "2", "1"), FATE_SENT);
    assert_said(world, "2 ");
    assert_int_equal(counted(world, STAT_waits_cut_short), 1);
    assert_int_equal(counted(world, STAT_items_delayed), 0);
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
        HERE(an_item_waits_for_the_one_before_it),
        HERE(a_chain_that_was_published_backwards_goes_out_forwards),
        HERE(an_item_may_follow_any_that_has_gone_out),
        HERE(an_item_without_a_prev_id_goes_at_once),
        HERE(an_item_with_no_seq_goes_at_once_and_others_may_follow_it),
        HERE(all_that_wait_for_one_item_go_in_the_order_in_which_they_came),
        HERE(an_item_without_an_id_waits_too),
        HERE(the_same_ids_on_two_channels_have_nothing_to_do_with_each_other),
        HERE(what_waits_is_a_copy_of_the_whole_item),
        HERE(the_items_of_one_batch_are_taken_one_after_the_other),
        HERE(an_item_goes_when_it_has_waited_for_long_enough),
        HERE(with_it_go_those_before_it_and_those_behind_it_in_their_order),
        HERE(after_a_gap_the_chain_goes_on),
        HERE(an_item_that_comes_late_goes_when_it_comes),
        HERE(an_item_that_names_itself_waits_for_nobody),
        HERE(items_that_wait_for_each_other_all_go_in_the_end),
        HERE(a_stop_sends_what_waits_and_nothing_waits_any_more),
        HERE(where_the_wait_is_0_nothing_waits),
        HERE(an_id_that_was_published_before_is_a_duplicate_for_a_while),
        HERE(items_without_an_id_are_no_duplicates),
        HERE(an_item_is_a_duplicate_of_one_that_waits_however_long),
        HERE(where_the_window_is_0_there_are_no_duplicates),
        HERE(past_the_limit_the_item_that_has_waited_longest_goes),
        HERE(an_item_does_not_wait_for_one_that_made_room_for_it),
        HERE(past_the_limit_of_bytes_as_many_go_as_have_to),
        HERE(an_item_for_which_there_is_no_room_at_all_goes),
        HERE(the_bus_says_whether_publishers_have_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
