/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/mem.h"
#include "publisher/outbox.h"

static uint64_t push(struct outbox *outbox, size_t len)
{
    char *text = mem_new(len + 1);
    memset(text, 'x', len);
    uint64_t number = outbox_push(outbox, &text, true);
    assert_null(text);
    return number;
}

static void items_are_found_by_their_number_until_they_are_dropped(void **state)
{
    (void)state;
    struct outbox outbox;
    outbox_init(&outbox);
    assert_int_equal(push(&outbox, 1), 1);
    assert_int_equal(push(&outbox, 2), 2);
    assert_int_equal(push(&outbox, 3), 3);
    outbox_drop(&outbox, 3);
    assert_int_equal(outbox.first, 3);
    assert_int_equal(outbox_at(&outbox, 3)->len, 3);
    assert_int_equal(outbox.bytes, 3);
    assert_int_equal(push(&outbox, 4), 4);
    outbox_done(&outbox);
}

static void it_is_full_by_count(void **state)
{
    (void)state;
    struct outbox outbox;
    outbox_init(&outbox);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < OUTBOX_ITEMS_MOST; i++) {
            assert_false(outbox_is_full(&outbox));
            (void)push(&outbox, 1);
        }
        assert_true(outbox_is_full(&outbox));
        outbox_drop(&outbox, outbox.next);
    }
    outbox_done(&outbox);
}

static void it_is_full_by_bytes_and_takes_one_item_of_any_size(void **state)
{
    (void)state;
    struct outbox outbox;
    outbox_init(&outbox);
    (void)push(&outbox, OUTBOX_BYTES_MOST + 1);
    assert_true(outbox_is_full(&outbox));
    outbox_drop(&outbox, 2);
    assert_false(outbox_is_full(&outbox));
    outbox_done(&outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_found_by_their_number_until_they_are_dropped),
        cmocka_unit_test(it_is_full_by_count),
        cmocka_unit_test(it_is_full_by_bytes_and_takes_one_item_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
