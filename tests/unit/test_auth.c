/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "publisher/auth.h"

static const struct span none;

static int two_tokens(void **state)
{
    static const char *const tokens[] = {"first-token", "second"};
    *state = auth_new(tokens, ARRAY_LEN(tokens));
    return 0;
}

static int no_tokens(void **state)
{
    *state = auth_new(NULL, 0);
    return 0;
}

static int forget(void **state)
{
    auth_free(*state);
    return 0;
}

static void each_token_is_accepted_in_either_header(void **state)
{
    struct auth *auth = *state;
    assert_int_equal(auth_check(auth, SPAN("first-token"), none), AUTH_OK);
    assert_int_equal(auth_check(auth, SPAN(" second "), none), AUTH_OK);
    assert_int_equal(auth_check(auth, none, SPAN("Bearer first-token")), AUTH_OK);
    assert_int_equal(auth_check(auth, none, SPAN("bEARER  second")), AUTH_OK);
    assert_int_equal(auth_check(auth, SPAN("wrong"), SPAN("Bearer second")), AUTH_OK);
    assert_int_equal(auth_check(auth, SPAN("second"), SPAN("Basic eDp5")), AUTH_OK);
}

static void anything_else_is_wrong(void **state)
{
    struct auth *auth = *state;
    static const char *const keys[] = {"", "secon", "secondd", "SECOND", "first-token,second"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        assert_int_equal(auth_check(auth, span_of(keys[i]), none), AUTH_WRONG);
    static const char *const values[] = {"second",       "Basic second", "Bearer",
                                         "Bearer ",      "Bearersecond", "Bearer second x",
                                         "Basic b'eDp5'"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        assert_int_equal(auth_check(auth, none, span_of(values[i])), AUTH_WRONG);
    assert_int_equal(auth_check(auth, SPAN("second\0"), none), AUTH_WRONG);
}

static void no_token_is_told_apart_from_a_wrong_one(void **state)
{
    assert_int_equal(auth_check(*state, none, none), AUTH_MISSING);
}

static void without_tokens_credentials_are_not_looked_at(void **state)
{
    assert_int_equal(auth_check(*state, none, none), AUTH_OK);
    assert_int_equal(auth_check(*state, SPAN("x"), SPAN("Basic b'eDp5'")), AUTH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_token_is_accepted_in_either_header, two_tokens,
                                        forget),
        cmocka_unit_test_setup_teardown(anything_else_is_wrong, two_tokens, forget),
        cmocka_unit_test_setup_teardown(no_token_is_told_apart_from_a_wrong_one, two_tokens,
                                        forget),
        cmocka_unit_test_setup_teardown(without_tokens_credentials_are_not_looked_at, no_tokens,
                                        forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
