/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/permit.h"
#include "publisher/tokencache.h"

static const struct permit alice, bob;
static const struct digest one = {{1}}, two = {{2}}, three = {{3}};

static int room_for_two(void **state)
{
    *state = tokencache_new(2);
    return 0;
}

static int forget(void **state)
{
    tokencache_free(*state);
    return 0;
}

static void a_token_is_known_until_it_expires(void **state)
{
    tokencache_put(*state, &one, &alice, 100);
    assert_ptr_equal(tokencache_find(*state, &one, 99), &alice);
    assert_null(tokencache_find(*state, &two, 99));
    assert_null(tokencache_find(*state, &one, 100));
    assert_null(tokencache_find(*state, &one, 99));
}

static void the_one_used_longest_ago_is_forgotten(void **state)
{
    tokencache_put(*state, &one, &alice, 100);
    tokencache_put(*state, &two, &bob, 100);
    assert_ptr_equal(tokencache_find(*state, &one, 1), &alice);
    tokencache_put(*state, &three, &bob, 100);
    assert_ptr_equal(tokencache_find(*state, &one, 1), &alice);
    assert_null(tokencache_find(*state, &two, 1));
    assert_ptr_equal(tokencache_find(*state, &three, 1), &bob);
}

static void without_room_nothing_is_kept(void **state)
{
    (void)state;
    struct tokencache *cache = tokencache_new(0);
    tokencache_put(cache, &one, &alice, 100);
    assert_null(tokencache_find(cache, &one, 1));
    tokencache_free(cache);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, room_for_two, forget)
    const struct CMUnitTest tests[] = {
        test(a_token_is_known_until_it_expires),
        test(the_one_used_longest_ago_is_forgotten),
        test(without_room_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
