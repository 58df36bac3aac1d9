/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/slab.h"

static void a_freed_slot_is_the_next_one_handed_out_and_is_zero(void **state)
{
    (void)state;
    struct slab slab;
    slab_init(&slab, 20);
    char *first = slab_get(&slab);
    first[19] = 'x';
    slab_put(&slab, first);
    char *again = slab_get(&slab);
    assert_ptr_equal(again, first);
    assert_int_equal(again[19], 0);
    slab_put(&slab, again);
    slab_done(&slab);
}

static void slots_of_many_pages_do_not_overlap(void **state)
{
    (void)state;
    enum { MANY = 5000, SIZE = 64 };
    static char *slots[MANY];
    struct slab slab;
    slab_init(&slab, SIZE);
    for (int i = 0; i < MANY; i++) {
        slots[i] = slab_get(&slab);
        memset(slots[i], i % 100, SIZE);
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(slots[i][0], i % 100);
        assert_int_equal(slots[i][SIZE - 1], i % 100);
        slab_put(&slab, slots[i]);
    }
    slab_done(&slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_freed_slot_is_the_next_one_handed_out_and_is_zero),
        cmocka_unit_test(slots_of_many_pages_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
