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

/* ---- waiting ---- */

static void an_item_waits_for_the_one_before_it(void **state)
{
    struct world *world = *state;
    assert_int_equal(world_publish(world, "1", NULL), FATE_SENT);
    assert_int_equal(world_publish(world, "3", "2"), FATE_WAITING);
    assert_said(world, "1 ");
    assert_int_equal(world_publish(world, "2", "1"), FATE_SENT);
    assert_said(world, "2 3 ");
    world_pass(world, 60000);
    assert_said(world, "");
}

static void a_chain_that_was_published_backwards_goes_out_forwards(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "5", "4");
    (void)world_publish(world, "4", "3");
    (void)world_publish(world, "3", "2");
    (void)world_publish(world, "2", "1");
    assert_said(world, "");
    (void)world_publish(world, "1", NULL);
    assert_said(world, "1 2 3 4 5 ");
}

static void an_item_may_follow_any_that_has_gone_out(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "1", NULL);
    (void)world_publish(world, "2", "1");
    assert_int_equal(world_publish(world, "b", "1"), FATE_SENT);
    assert_int_equal(world_publish(world, "c", "1"), FATE_SENT);
    assert_said(world, "1 2 b c ");
}

static void an_item_without_a_prev_id_goes_at_once(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "3", "2");
    assert_int_equal(world_publish(world, "9", NULL), FATE_SENT);
    assert_said(world, "9 ");
}

static void an_item_with_no_seq_goes_at_once_and_others_may_follow_it(void **state)
{
    struct world *world = *state;
    struct item item = world_item("c", "3", "2", "3");
    item.no_seq = true;
    (void)world_publish(world, "4", "3");
    assert_int_equal(world_take(world, &item), FATE_SENT);
    assert_said(world, "3 4 ");
    assert_int_equal(world_take(world, &item), FATE_DUPLICATE);
}

static void all_that_wait_for_one_item_go_in_the_order_in_which_they_came(void **state)
{
    struct world *world = *state;
    (void)world_publish(world, "2a", "1");
    (void)world_publish(world, "3", "2a");
    (void)world_publish(world, "2b", "1");
    (void)world_publish(world, "2c", "1");
    (void)world_publish(world, "1", NULL);
    assert_said(world, "1 2a 2b 2c 3 ");
}

static void an_item_without_an_id_waits_too(void **state)
{
    struct world *world = *state;
    struct item item = world_item("c", NULL, "1", "nameless");
    assert_int_equal(world_take(world, &item), FATE_WAITING);
    assert_int_equal(world_take(world, &item), FATE_WAITING);
    (void)world_publish(world, "1", NULL);
    assert_said(world, "1 nameless nameless ");
}

static void the_same_ids_on_two_channels_have_nothing_to_do_with_each_other(void **state)
{
    struct world *world = *state;
    assert_int_equal(world_publish_on(world, "a", "2", "1"), FATE_WAITING);
    assert_int_equal(world_publish_on(world, "b", "1", NULL), FATE_SENT);
    assert_int_equal(world_publish_on(world, "b", "2", "1"), FATE_SENT);
    assert_said(world, "1 2 ");
    assert_int_equal(world_publish_on(world, "a", "1", NULL), FATE_SENT);
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
    (void)world_publish(world, "1", NULL);
    assert_said(world, "1 two ");
    assert_int_equal(world_publish(world, "3", "2"), FATE_SENT);
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
    assert_int_equal(world_counted(world, STAT_items_published), 5);
}

/* ---- duplicates ---- */

static void an_id_that_was_published_before_is_a_duplicate_for_a_while(void **state)
{
    struct world *world = *state;
    struct item other = world_item("c", "1", NULL, "other content");
    assert_int_equal(world_publish(world, "1", NULL), FATE_SENT);
    world_pass(world, 6000);
    assert_int_equal(world_take(world, &other), FATE_DUPLICATE);
    world_pass(world, 3999);
    assert_int_equal(world_take(world, &other), FATE_DUPLICATE);
    assert_said(world, "1 ");
    world_pass(world, 1);
    assert_int_equal(world_take(world, &other), FATE_SENT);
    assert_said(world, "other content ");
    assert_int_equal(world_publish(world, "1", NULL), FATE_DUPLICATE);
    assert_int_equal(world_counted(world, STAT_items_duplicate), 3);
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
    (void)world_publish(world, "3", "2");
    assert_int_equal(world_publish(world, "3", "2"), FATE_DUPLICATE);
    world_pass(world, 4000);
    assert_int_equal(world_publish(world, "3", "2"), FATE_DUPLICATE);
    assert_int_equal(world_publish(world, "3", NULL), FATE_DUPLICATE);
    world_pass(world, 1000);
    assert_said(world, "3 ");
}

static void where_the_window_is_0_there_are_no_duplicates(void **state)
{
    struct world *world = *state;
    world->limits.dedup_window_ms = 0;
    (void)world_publish(world, "2", "1");
    (void)world_publish(world, "2", "1");
    (void)world_publish(world, "3", "2");
    (void)world_publish(world, "1", NULL);
    (void)world_publish(world, "1", NULL);
    assert_said(world, "1 2 2 3 1 ");
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
        HERE(an_id_that_was_published_before_is_a_duplicate_for_a_while),
        HERE(items_without_an_id_are_no_duplicates),
        HERE(an_item_is_a_duplicate_of_one_that_waits_however_long),
        HERE(where_the_window_is_0_there_are_no_duplicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
