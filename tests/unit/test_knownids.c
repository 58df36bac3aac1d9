/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "router/knownids.h"

static struct limits limits;
static struct stats stats;

static int enter(void **state)
{
    limits_init(&limits);
    limits.dedup_window_ms = 1000;
    stats = (struct stats){0};
    *state = NULL;
    return 0;
}

static struct idkey key(uint64_t channel, const char *id)
{
    return idkey_of(channel, span_of(id));
}

static bool accept(struct knownids *known, const char *id, uint64_t now_ms)
{
    struct idkey of_one = key(1, id);
    return knownids_accept(known, &of_one, now_ms);
}

static void note_out(struct knownids *known, uint64_t channel, const char *id)
{
    struct idkey one = key(channel, id);
    knownids_note_out(known, &one, 0);
}

static bool is_out(struct knownids *known, uint64_t channel, const char *id)
{
    struct idkey one = key(channel, id);
    return knownids_is_out(known, &one);
}

static void keys_differ_by_id_and_by_channel(void **state)
{
    (void)state;
    struct idkey one = key(1, "id"), same = key(1, "id");
    struct idkey other = key(1, "jd"), elsewhere = key(2, "id");
    assert_true(idkey_equal(&one, &same));
    assert_false(idkey_equal(&one, &other));
    assert_false(idkey_equal(&one, &elsewhere));
    assert_int_not_equal(one.low, elsewhere.low);
    assert_int_not_equal(one.high, elsewhere.high);
}

static void the_window_begins_with_the_first_and_duplicates_do_not_move_it(void **state)
{
    (void)state;
    struct knownids *known = knownids_new(&limits, &stats);
    assert_true(accept(known, "1", 500));
    assert_false(accept(known, "1", 1000));
    assert_false(accept(known, "1", 1499));
    assert_true(accept(known, "1", 1500));
    assert_int_equal(stats_read(&stats, STAT_ids_expired), 1);
    assert_false(accept(known, "1", 2499));
    assert_true(accept(known, "1", 2500));
    assert_int_equal(stats_read(&stats, STAT_ids_expired), 2);
    knownids_free(known);
}

static void what_was_accepted_has_not_gone_out_yet(void **state)
{
    (void)state;
    struct knownids *known = knownids_new(&limits, &stats);
    assert_true(accept(known, "1", 0));
    assert_false(is_out(known, 1, "1"));
    note_out(known, 1, "1");
    note_out(known, 1, "2");
    assert_true(is_out(known, 1, "1"));
    assert_true(is_out(known, 1, "2"));
    assert_false(is_out(known, 2, "1"));
    knownids_free(known);
}

static void what_has_gone_out_is_known_beyond_the_window_and_when_its_id_is_new_again(void **state)
{
    (void)state;
    struct knownids *known = knownids_new(&limits, &stats);
    note_out(known, 1, "1");
    note_out(known, 1, "2");
    assert_true(accept(known, "1", 5000));
    assert_true(is_out(known, 1, "1"));
    knownids_free(known);
}

static void past_the_limit_the_oldest_is_forgotten_and_counted_if_it_was_too_early(void **state)
{
    (void)state;
    limits.known_ids = 2;
    limits.last_ids = 0;
    struct knownids *known = knownids_new(&limits, &stats);
    note_out(known, 1, "1");
    assert_true(accept(known, "2", 0));
    assert_true(accept(known, "3", 999));
    assert_int_equal(stats_read(&stats, STAT_ids_forgotten), 1);
    assert_false(is_out(known, 1, "1"));
    uint64_t expired = stats_read(&stats, STAT_ids_expired);
    assert_true(accept(known, "4", 1000));
    assert_int_equal(stats_read(&stats, STAT_ids_forgotten), 1);
    assert_int_equal(stats_read(&stats, STAT_ids_expired), expired + 1);
    assert_false(accept(known, "3", 1000));
    assert_true(accept(known, "1", 1000));
    assert_int_equal(stats_read(&stats, STAT_known_ids), 2);
    knownids_free(known);
    assert_int_equal(stats_read(&stats, STAT_known_ids), 0);
}

static void an_id_that_is_new_again_is_the_youngest(void **state)
{
    (void)state;
    limits.known_ids = 2;
    struct knownids *known = knownids_new(&limits, &stats);
    assert_true(accept(known, "1", 0));
    assert_true(accept(known, "2", 0));
    assert_true(accept(known, "1", 1000));
    assert_true(accept(known, "3", 1000));
    assert_false(accept(known, "1", 1000));
    assert_true(accept(known, "2", 1000));
    knownids_free(known);
}

static void the_last_id_of_a_quiet_channel_outlives_the_ids_of_a_busy_one(void **state)
{
    (void)state;
    char id[16];
    limits.known_ids = 10;
    struct knownids *known = knownids_new(&limits, &stats);
    note_out(known, 1, "first");
    note_out(known, 1, "last");
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(id, sizeof(id), "%d", i);
        note_out(known, 2, id);
    }
    assert_true(is_out(known, 1, "last"));
    assert_false(is_out(known, 1, "first"));
    knownids_free(known);
}

static void what_waited_for_longer_than_it_was_remembered_is_known_again(void **state)
{
    (void)state;
    limits.known_ids = 1;
    limits.last_ids = 0;
    struct knownids *known = knownids_new(&limits, &stats);
    struct idkey waited = key(1, "waited");
    assert_true(knownids_accept(known, &waited, 0));
    assert_true(accept(known, "other", 0));
    knownids_note_out(known, &waited, 10);
    assert_true(knownids_is_out(known, &waited));
    assert_false(knownids_accept(known, &waited, 20));
    knownids_free(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keys_differ_by_id_and_by_channel, enter),
        cmocka_unit_test_setup(the_window_begins_with_the_first_and_duplicates_do_not_move_it,
                               enter),
        cmocka_unit_test_setup(what_was_accepted_has_not_gone_out_yet, enter),
        cmocka_unit_test_setup(
            what_has_gone_out_is_known_beyond_the_window_and_when_its_id_is_new_again, enter),
        cmocka_unit_test_setup(
            past_the_limit_the_oldest_is_forgotten_and_counted_if_it_was_too_early, enter),
        cmocka_unit_test_setup(an_id_that_is_new_again_is_the_youngest, enter),
        cmocka_unit_test_setup(the_last_id_of_a_quiet_channel_outlives_the_ids_of_a_busy_one,
                               enter),
        cmocka_unit_test_setup(what_waited_for_longer_than_it_was_remembered_is_known_again, enter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
