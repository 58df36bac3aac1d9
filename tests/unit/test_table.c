/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/mem.h"
#include "common/table.h"

enum { MANY = 20000 };

struct entry {
    struct table_node node;
    uint64_t key;
};

/* Few different hashes, so that buckets hold several nodes and equal hashes meet. */
static uint64_t hash_of(uint64_t key)
{
    return key / 3 * UINT64_C(0x9e3779b97f4a7c15);
}

static bool matches(const struct table_node *node, const void *key)
{
    return ((const struct entry *)(const void *)node)->key == *(const uint64_t *)key;
}

static struct table_node *find(struct table *table, uint64_t key)
{
    return table_find(table, hash_of(key), matches, &key);
}

static void everything_added_is_found_while_the_table_grows(void **state)
{
    (void)state;
    struct table table;
    table_init(&table);
    struct entry *entries = mem_new(MANY * sizeof(*entries));
    for (uint64_t i = 0; i < MANY; i++) {
        entries[i].key = i;
        table_add(&table, &entries[i].node, hash_of(i));
        assert_ptr_equal(find(&table, i), &entries[i].node);
        assert_ptr_equal(find(&table, i / 2), &entries[i / 2].node);
        assert_null(find(&table, MANY + i));
    }
    assert_int_equal(table.count, MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        table_remove(&table, &entries[i].node);
        assert_null(find(&table, i));
        if (i + 1 < MANY)
            assert_ptr_equal(find(&table, i + 1), &entries[i + 1].node);
    }
    table_done(&table);
    free(entries);
}

static void no_call_moves_more_than_two_buckets(void **state)
{
    (void)state;
    struct table table;
    table_init(&table);
    struct entry *entries = mem_new(MANY * sizeof(*entries));
    for (uint64_t i = 0; i < MANY; i++) {
        size_t moved = table.old ? table.moved : 0;
        bool was_growing = table.old != NULL;
        entries[i].key = i;
        table_add(&table, &entries[i].node, hash_of(i));
        if (was_growing && table.old)
            assert_true(table.moved - moved <= 2);
    }
    for (uint64_t i = 0; i < MANY; i++)
        table_remove(&table, &entries[i].node);
    table_done(&table);
    free(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_added_is_found_while_the_table_grows),
        cmocka_unit_test(no_call_moves_more_than_two_buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
