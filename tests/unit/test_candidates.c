/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "publisher/candidates.h"

static const struct span none;

/* Whether the headers hold exactly the texts, separated by '|'. */
static void assert_texts(struct span fastly_key, struct span authorization, const char *expected)
{
    struct candidates candidates;
    struct span rest = span_of(expected);
    candidates_read(&candidates, fastly_key, authorization);
    for (size_t i = 0; i < candidates.count; i++) {
        struct span text = span_cut(&rest, '|');
        if (!span_equal(candidates.texts[i], text))
            fail_msg("'%.*s' is not '%.*s'", (int)candidates.texts[i].len, candidates.texts[i].at,
                     (int)text.len, text.at);
    }
    assert_int_equal(rest.len, 0);
    candidates_done(&candidates);
}

static void a_key_or_a_bearer_is_a_token(void **state)
{
    (void)state;
    assert_texts(SPAN(" t "), none, "t");
    assert_texts(none, SPAN("Bearer t"), "t");
    assert_texts(none, SPAN("bEARER  t "), "t");
    assert_texts(SPAN("t"), SPAN("Bearer u"), "t|u");
}

static void the_password_of_basic_is_a_token(void **state)
{
    (void)state;
    assert_texts(none, SPAN("Basic dXNlcjpzZWNyZXQ="), "secret");
    assert_texts(none, SPAN("basic OnNlY3JldA"), "secret");
    assert_texts(none, SPAN("Basic dXNlcjphOmI="), "a:b");
    assert_texts(none, SPAN("Basic b'dXNlcjpzZWNyZXQ='"), "secret");
    assert_texts(none, SPAN("Basic dTphJTJGYg=="), "a%2Fb|a/b");
    assert_texts(none, SPAN("Basic dTolMiVnZyU="), "%2%gg%|%2%gg%");
    assert_texts(SPAN("t"), SPAN("Basic dTphJTJGYg=="), "t|a%2Fb|a/b");
}

static void other_things_hold_no_token(void **state)
{
    (void)state;
    static const char *const values[] = {
        "",         "t",        "Bearer",         "Bearer ",
        "Basic",    "Basic @",  "Basic dXNlcg==", "Basic b''",
        "Basic b'", "Digest t", "Bearert",        "Basic dXNlcjo="};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        assert_texts(none, span_of(values[i]), "");
    assert_texts(SPAN("  "), none, "");
    assert_texts(none, none, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_or_a_bearer_is_a_token),
        cmocka_unit_test(the_password_of_basic_is_a_token),
        cmocka_unit_test(other_things_hold_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
