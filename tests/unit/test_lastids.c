/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/lastids.h"

#define A 1
#define B 2
#define C 3

static bool differ(struct lastids *lastids, uint64_t channel, const char *id)
{
    return lastids_differ(lastids, channel, lastids_hash(span_of(id)));
}

static void a_channel_nothing_is_known_of_differs_from_no_id(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(10);
    assert_false(differ(lastids, A, "1"));
    lastids_note(lastids, B, lastids_hash(SPAN("1")));
    assert_false(differ(lastids, A, "2"));
    lastids_free(lastids);
}

static void only_the_last_id_of_a_channel_counts(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(10);
    lastids_note(lastids, A, lastids_hash(SPAN("1")));
    lastids_note(lastids, B, lastids_hash(SPAN("2")));
    assert_false(differ(lastids, A, "1"));
    assert_true(differ(lastids, A, "2"));
    lastids_note(lastids, A, lastids_hash(SPAN("2")));
    assert_true(differ(lastids, A, "1"));
    assert_false(differ(lastids, A, "2"));
    lastids_free(lastids);
}

static void what_is_known_matches_or_differs_and_what_is_not_does_neither(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(10);
    uint64_t id = lastids_hash(SPAN("1"));
    assert_false(lastids_match(lastids, A, id));
    assert_false(lastids_differ(lastids, A, id));
    lastids_note(lastids, A, id);
    assert_true(lastids_match(lastids, A, id));
    assert_false(lastids_match(lastids, A, id + 1));
    assert_false(lastids_match(lastids, B, id));
    lastids_free(lastids);
}

static void an_empty_id_is_an_id(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(10);
    lastids_note(lastids, A, lastids_hash(SPAN("")));
    assert_false(differ(lastids, A, ""));
    assert_true(differ(lastids, A, "1"));
    lastids_free(lastids);
}

static void all_may_be_forgotten_at_once(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(2);
    lastids_note(lastids, A, lastids_hash(SPAN("1")));
    lastids_note(lastids, B, lastids_hash(SPAN("1")));
    lastids_forget_all(lastids);
    assert_false(differ(lastids, A, "2"));
    assert_false(lastids_match(lastids, A, lastids_hash(SPAN("1"))));
    lastids_note(lastids, C, lastids_hash(SPAN("1")));
    lastids_note(lastids, B, lastids_hash(SPAN("3")));
    assert_true(differ(lastids, C, "2"));
    assert_true(differ(lastids, B, "2"));
    assert_false(differ(lastids, A, "2"));
    lastids_free(lastids);
}

static void what_is_forgotten_differs_from_nothing(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(10);
    lastids_note(lastids, A, lastids_hash(SPAN("1")));
    lastids_note(lastids, B, lastids_hash(SPAN("1")));
    lastids_forget(lastids, A);
    lastids_forget(lastids, A);
    assert_false(differ(lastids, A, "2"));
    assert_true(differ(lastids, B, "2"));
    lastids_free(lastids);
}

static void past_the_limit_the_channel_published_to_longest_ago_goes(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(2);
    lastids_note(lastids, A, lastids_hash(SPAN("1")));
    lastids_note(lastids, B, lastids_hash(SPAN("1")));
    lastids_note(lastids, A, lastids_hash(SPAN("1")));
    lastids_note(lastids, C, lastids_hash(SPAN("1")));
    assert_true(differ(lastids, A, "2"));
    assert_false(differ(lastids, B, "2"));
    assert_true(differ(lastids, C, "2"));
    lastids_free(lastids);
}

static void a_limit_of_none_remembers_nothing(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(0);
    lastids_note(lastids, A, lastids_hash(SPAN("1")));
    assert_false(differ(lastids, A, "2"));
    lastids_free(lastids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_nothing_is_known_of_differs_from_no_id),
        cmocka_unit_test(only_the_last_id_of_a_channel_counts),
        cmocka_unit_test(what_is_known_matches_or_differs_and_what_is_not_does_neither),
        cmocka_unit_test(an_empty_id_is_an_id),
        cmocka_unit_test(all_may_be_forgotten_at_once),
        cmocka_unit_test(what_is_forgotten_differs_from_nothing),
        cmocka_unit_test(past_the_limit_the_channel_published_to_longest_ago_goes),
        cmocka_unit_test(a_limit_of_none_remembers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
