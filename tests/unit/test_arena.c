/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/arena.h"

static void pieces_stay_where_they_are_and_do_not_overlap(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    static unsigned char *pieces[MANY];
    struct arena arena = {0};
    for (int i = 0; i < MANY; i++) {
        pieces[i] = arena_alloc(&arena, (size_t)i % 100 + 1);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        assert_int_equal(pieces[i][i % 100], 0);
        memset(pieces[i], i % 251 + 1, (size_t)i % 100 + 1);
    }
    for (int i = 0; i < MANY; i++)
        for (int k = 0; k <= i % 100; k++)
            assert_int_equal(pieces[i][k], i % 251 + 1);
    arena_done(&arena);
}

static void a_piece_may_be_larger_than_any_block(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *small = arena_alloc(&arena, 1);
    char *large = arena_alloc(&arena, 1000000);
    memset(large, 'x', 1000000);
    assert_int_equal(*small, 0);
    arena_done(&arena);
}

static void a_copy_is_a_string_too(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct span copy = arena_copy(&arena, SPAN("grip"));
    assert_int_equal(copy.len, 4);
    assert_string_equal(copy.at, "grip");
    assert_string_equal(arena_copy(&arena, (struct span){NULL, 0}).at, "");
    arena_done(&arena);
}

static void a_list_grows_one_by_one_and_keeps_its_elements(void **state)
{
    (void)state;
    struct arena arena = {0};
    static struct span *neighbours[1000];
    struct span *list = NULL;
    size_t count = 0;
    for (size_t i = 0; i < 1000; i++) {
        list = arena_grow(&arena, list, count, sizeof(*list));
        neighbours[i] = arena_alloc(&arena, sizeof(*list));
        list[count++] = span("", i + 1);
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(list[i].len + neighbours[i]->len, i + 1);
    arena_done(&arena);
}

static void an_arena_is_fresh_after_done(void **state)
{
    (void)state;
    struct arena arena = {0};
    arena_done(&arena);
    memset(arena_alloc(&arena, 100), 'x', 100);
    arena_done(&arena);
    const char *again = arena_alloc(&arena, 100);
    assert_int_equal(again[99], 0);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_stay_where_they_are_and_do_not_overlap),
        cmocka_unit_test(a_piece_may_be_larger_than_any_block),
        cmocka_unit_test(a_copy_is_a_string_too),
        cmocka_unit_test(a_list_grows_one_by_one_and_keeps_its_elements),
        cmocka_unit_test(an_arena_is_fresh_after_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
