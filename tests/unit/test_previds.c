/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/lastids.h"
#include "common/wire.h"
#include "frontend/hold.h"
#include "frontend/previds.h"

#define ABSENT ((struct span){NULL, 0})

/* What an origin told of the channels "a" and "b". */
static struct previds *told(struct span prev_of_a, struct span prev_of_b, const char *prefix)
{
    struct told_channel channels[] = {{.name = SPAN("a"), .prev_id = prev_of_a},
                                      {.name = SPAN("b"), .prev_id = prev_of_b}};
    const struct instruct instruct = {.channels = channels, .channel_count = 2};
    return previds_new(&instruct, prefix);
}

static uint64_t channel(const char *name)
{
    return wire_channel_hash(span_of(name));
}

static bool precede(const struct previds *previds, const char *name, struct span prev_id)
{
    const struct publication publication = {
        .item = {.prev_id = prev_id},
        .hash = channel(name),
        .prev_hash = prev_id.at ? lastids_hash(prev_id) : 0,
    };
    return previds_precede(previds, &publication);
}

static void without_a_prev_id_there_is_nothing_and_anything_comes_next(void **state)
{
    (void)state;
    struct previds *none = told(ABSENT, ABSENT, "");
    assert_null(none);
    assert_true(precede(none, "a", SPAN("1")));
    assert_true(precede(none, "a", ABSENT));
    assert_false(previds_are_behind(none, NULL));
}

static void each_channel_with_a_prev_id_is_a_grip_last_without_the_prefix(void **state)
{
    (void)state;
    struct previds *previds = told(SPAN("3"), SPAN(""), "pre-");
    assert_int_equal(previds->count, 2);
    assert_true(span_equal(previds->at[0].last, SPAN("a; last-id=3")));
    assert_true(span_equal(previds->at[1].last, SPAN("b; last-id=")));
    assert_true(previds->at[0].channel == channel("pre-a"));
    free(previds);
}

static void an_id_that_would_end_early_is_quoted(void **state)
{
    (void)state;
    struct previds *previds = told(SPAN("1;x=\"2\", \\3"), SPAN("a=b"), "");
    assert_true(span_equal(previds->at[0].last, SPAN("a; last-id=\"1;x=\\\"2\\\", \\\\3\"")));
    assert_true(span_equal(previds->at[1].last, SPAN("b; last-id=a=b")));
    free(previds);
}

static void only_what_follows_the_prev_id_comes_next(void **state)
{
    (void)state;
    struct previds *previds = told(SPAN("3"), ABSENT, "");
    assert_true(precede(previds, "a", SPAN("3")));
    assert_false(precede(previds, "a", SPAN("4")));
    assert_false(precede(previds, "a", ABSENT));
    assert_true(precede(previds, "b", SPAN("4")));
    assert_true(precede(previds, "b", ABSENT));
    free(previds);
}

static void a_missing_prev_id_is_not_the_empty_one(void **state)
{
    (void)state;
    struct previds *previds = told(SPAN(""), ABSENT, "");
    assert_true(precede(previds, "a", SPAN("")));
    assert_false(precede(previds, "a", ABSENT));
    free(previds);
}

static void who_is_behind_is_so_once_and_then_believed(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(10);
    lastids_note(lastids, channel("pre-a"), lastids_hash(SPAN("5")));
    lastids_note(lastids, channel("pre-b"), lastids_hash(SPAN("7")));
    struct previds *previds = told(SPAN("3"), SPAN("6"), "pre-");
    assert_true(previds_are_behind(previds, lastids));
    assert_false(previds_are_behind(previds, lastids)); /* both were forgotten at once */
    free(previds);
    lastids_free(lastids);
}

static void who_knows_the_last_id_or_nothing_can_be_known_is_not_behind(void **state)
{
    (void)state;
    struct lastids *lastids = lastids_new(10);
    lastids_note(lastids, channel("a"), lastids_hash(SPAN("5")));
    struct previds *previds = told(SPAN("5"), SPAN("6"), "");
    assert_false(previds_are_behind(previds, lastids));
    lastids_note(lastids, channel("a"), lastids_hash(SPAN("6")));
    assert_true(previds_are_behind(previds, lastids));
    free(previds);
    lastids_free(lastids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_prev_id_there_is_nothing_and_anything_comes_next),
        cmocka_unit_test(each_channel_with_a_prev_id_is_a_grip_last_without_the_prefix),
        cmocka_unit_test(an_id_that_would_end_early_is_quoted),
        cmocka_unit_test(only_what_follows_the_prev_id_comes_next),
        cmocka_unit_test(a_missing_prev_id_is_not_the_empty_one),
        cmocka_unit_test(who_is_behind_is_so_once_and_then_believed),
        cmocka_unit_test(who_knows_the_last_id_or_nothing_can_be_known_is_not_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
