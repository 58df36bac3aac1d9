/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/base.h"
#include "common/tlsnames.h"

static SSL_CTX *owner, *other, *third;

static int make_contexts(void **state)
{
    (void)state;
    owner = SSL_CTX_new(TLS_server_method());
    other = SSL_CTX_new(TLS_server_method());
    third = SSL_CTX_new(TLS_server_method());
    return 0;
}

static int free_contexts(void **state)
{
    (void)state;
    SSL_CTX_free(owner);
    SSL_CTX_free(other);
    SSL_CTX_free(third);
    return 0;
}

static void a_name_is_found_whole_and_without_regard_to_case(void **state)
{
    (void)state;
    struct tlsnames *names = tlsnames_new(owner);
    tlsnames_add(names, "b.test", other);
    tlsnames_add(names, "a.test", owner);
    tlsnames_sort(names);
    assert_ptr_equal(tlsnames_find(names, SPAN("a.test")), owner);
    assert_ptr_equal(tlsnames_find(names, SPAN("B.tEST")), other);
    assert_null(tlsnames_find(names, SPAN("c.test")));
    assert_null(tlsnames_find(names, SPAN("test")));
    assert_null(tlsnames_find(names, SPAN("")));
    tlsnames_free(names);
}

static void a_wildcard_stands_for_one_label(void **state)
{
    (void)state;
    struct tlsnames *names = tlsnames_new(owner);
    tlsnames_add(names, "*.test", other);
    tlsnames_add(names, "own.test", third);
    tlsnames_sort(names);
    assert_ptr_equal(tlsnames_find(names, SPAN("any.test")), other);
    assert_ptr_equal(tlsnames_find(names, SPAN("own.test")), third);
    assert_null(tlsnames_find(names, SPAN("two.labels.test")));
    assert_null(tlsnames_find(names, SPAN("test")));
    assert_null(tlsnames_find(names, SPAN(".test")));
    tlsnames_free(names);
}

static void the_first_that_has_a_name_gets_it(void **state)
{
    (void)state;
    struct tlsnames *names = tlsnames_new(owner);
    tlsnames_add(names, "a.test", third);
    tlsnames_add(names, "a.test", other);
    tlsnames_add(names, "a.test", owner);
    tlsnames_sort(names);
    assert_ptr_equal(tlsnames_find(names, SPAN("a.test")), third);
    tlsnames_free(names);
}

static void without_names_nothing_is_found(void **state)
{
    (void)state;
    struct tlsnames *names = tlsnames_new(owner);
    tlsnames_sort(names);
    assert_null(tlsnames_find(names, SPAN("a.test")));
    tlsnames_free(names);
}

static void a_name_longer_than_any_is_not_found(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'a', sizeof(text));
    struct tlsnames *names = tlsnames_new(owner);
    tlsnames_add(names, "a.test", other);
    tlsnames_sort(names);
    assert_null(tlsnames_find(names, span(text, sizeof(text))));
    assert_null(tlsnames_find(names, span(text, 255)));
    tlsnames_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_found_whole_and_without_regard_to_case),
        cmocka_unit_test(a_wildcard_stands_for_one_label),
        cmocka_unit_test(the_first_that_has_a_name_gets_it),
        cmocka_unit_test(without_names_nothing_is_found),
        cmocka_unit_test(a_name_longer_than_any_is_not_found),
    };
    return cmocka_run_group_tests(tests, make_contexts, free_contexts);
}
