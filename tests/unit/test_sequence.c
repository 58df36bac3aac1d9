/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/loop.h"
#include "router/sequence.h"

static struct limits limits;
static struct stats stats;

static int enter(void **state)
{
    limits_init(&limits);
    stats = (struct stats){0};
    *state = sequence_new(&limits, &stats);
    return 0;
}

static int leave(void **state)
{
    sequence_free(*state);
    assert_int_equal(stats_read(&stats, STAT_waiting_items), 0);
    assert_int_equal(stats_read(&stats, STAT_waiting_bytes), 0);
    return 0;
}

static struct idkey key(const char *id)
{
    return idkey_of(1, span_of(id));
}

/* The frame of an item says no more than its id. */
static void add(struct sequence *sequence, const char *id, const char *prev_id, uint64_t now_ms)
{
    struct buf frame = {0};
    buf_append(&frame, span_of(id));
    struct idkey own = key(id), prev = key(prev_id);
    sequence_add(sequence, &own, &prev, &frame, now_ms);
    assert_null(frame.bytes);
}

static void fill(struct sequence *sequence, const char *id)
{
    struct idkey one = key(id);
    sequence_fill(sequence, &one);
}

static bool has(struct sequence *sequence, const char *id)
{
    struct idkey one = key(id);
    return sequence_has(sequence, &one);
}

/* Sends what is ready, as its owner does. Returns: the ids in their order. */
static const char *go(struct sequence *sequence)
{
    static char said[256];
    said[0] = '\0';
    for (struct waiter *waiter; (waiter = sequence_pop(sequence));) {
        size_t len = strlen(said);
        (void)snprintf(said + len, sizeof(said) - len, "%.*s ", (int)waiter->frame.len,
                       waiter->frame.bytes);
        sequence_fill(sequence, &waiter->id);
        sequence_drop(sequence, waiter);
    }
    return said;
}

static void what_waits_is_found_by_its_id_until_it_has_gone(void **state)
{
    struct sequence *sequence = *state;
    assert_false(has(sequence, "2"));
    add(sequence, "2", "1", 0);
    assert_true(has(sequence, "2"));
    assert_false(has(sequence, "1"));
    fill(sequence, "1");
    assert_string_equal(go(sequence), "2 ");
    assert_false(has(sequence, "2"));
}

static void an_id_that_nobody_waits_for_makes_nobody_ready(void **state)
{
    struct sequence *sequence = *state;
    fill(sequence, "1");
    add(sequence, "3", "2", 0);
    fill(sequence, "1");
    fill(sequence, "3");
    assert_null(sequence_pop(sequence));
}

static void the_oldest_is_due_first(void **state)
{
    struct sequence *sequence = *state;
    assert_true(sequence_due_ms(sequence) == LOOP_NEVER);
    add(sequence, "2", "1", 100);
    add(sequence, "4", "3", 200);
    assert_int_equal(sequence_due_ms(sequence), 5100);
    fill(sequence, "1");
    assert_string_equal(go(sequence), "2 ");
    assert_int_equal(sequence_due_ms(sequence), 5200);
}

static void a_release_begins_at_the_head_of_the_chain_of_the_oldest(void **state)
{
    struct sequence *sequence = *state;
    add(sequence, "4", "3", 0);
    add(sequence, "x2", "x1", 0);
    add(sequence, "3", "2", 0);
    add(sequence, "2", "1", 0);
    sequence_release(sequence);
    assert_string_equal(go(sequence), "2 3 4 ");
    sequence_release(sequence);
    assert_string_equal(go(sequence), "x2 ");
}

static void a_ring_is_released_whole(void **state)
{
    struct sequence *sequence = *state;
    add(sequence, "a", "b", 0);
    add(sequence, "b", "c", 0);
    add(sequence, "c", "a", 0);
    sequence_release(sequence);
    assert_string_equal(go(sequence), "a c b ");
    assert_true(sequence_due_ms(sequence) == LOOP_NEVER);
}

static void many_may_wait_and_each_chain_is_walked_once(void **state)
{
    struct sequence *sequence = *state;
    enum { COUNT = 50000 };
    char id[16], prev_id[16];
    for (unsigned i = COUNT; i > 0; i--) { /* backwards: the oldest is the last of the chain */
        (void)snprintf(id, sizeof(id), "%u", i);
        (void)snprintf(prev_id, sizeof(prev_id), "%u", i - 1);
        add(sequence, id, prev_id, 0);
    }
    assert_int_equal(stats_read(&stats, STAT_waiting_items), COUNT);
    sequence_release(sequence);
    for (unsigned i = 1; i <= COUNT; i++) {
        struct waiter *waiter = sequence_pop(sequence);
        (void)snprintf(id, sizeof(id), "%u", i);
        struct idkey expected = key(id);
        assert_true(waiter && idkey_equal(&waiter->id, &expected));
        sequence_fill(sequence, &waiter->id);
        sequence_drop(sequence, waiter);
    }
    assert_null(sequence_pop(sequence));
}

static void room_is_counted_in_items_and_in_bytes(void **state)
{
    struct sequence *sequence = *state;
    limits.waiting_items = 1;
    assert_true(sequence_has_room(sequence, 1000));
    assert_false(sequence_has_room(sequence, limits.waiting_bytes));
    add(sequence, "2", "1", 0);
    assert_false(sequence_has_room(sequence, 0));
    limits.waiting_items = 2;
    assert_true(sequence_has_room(sequence, 0));
    limits.waiting_bytes = stats_read(&stats, STAT_waiting_bytes);
    assert_false(sequence_has_room(sequence, 0));
}

static void what_still_waits_at_the_end_is_freed(void **state)
{
    struct sequence *sequence = *state; /* by leave() */
    add(sequence, "2", "1", 0);
    add(sequence, "3", "2", 0);
    add(sequence, "a", "b", 0);
    add(sequence, "b", "a", 0);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, enter, leave)
    const struct CMUnitTest tests[] = {
        HERE(what_waits_is_found_by_its_id_until_it_has_gone),
        HERE(an_id_that_nobody_waits_for_makes_nobody_ready),
        HERE(the_oldest_is_due_first),
        HERE(a_release_begins_at_the_head_of_the_chain_of_the_oldest),
        HERE(a_ring_is_released_whole),
        HERE(many_may_wait_and_each_chain_is_walked_once),
        HERE(room_is_counted_in_items_and_in_bytes),
        HERE(what_still_waits_at_the_end_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
