/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/wskey.h"

static void the_accept_is_the_one_of_the_rfc(void **state)
{
    (void)state;
    char accept[WSKEY_ACCEPT_LEN + 1];
    wskey_accept(accept, SPAN("dGhlIHNhbXBsZSBub25jZQ=="));
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void a_key_is_sixteen_bytes_in_base64(void **state)
{
    (void)state;
    assert_true(wskey_is_sound(SPAN("dGhlIHNhbXBsZSBub25jZQ==")));
    static const char *const bad[] = {
        "",
        "AAEC",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25j!Q==",
        "dGhlIHNhbXBsZSBub25jZQ==x",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(wskey_is_sound(span_of(bad[i])));
}

static void a_drawn_key_is_sound_and_never_the_same(void **state)
{
    (void)state;
    char one[WSKEY_LEN + 1], two[WSKEY_LEN + 1];
    wskey_draw(one);
    wskey_draw(two);
    assert_true(wskey_is_sound(span_of(one)));
    assert_string_not_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_accept_is_the_one_of_the_rfc),
        cmocka_unit_test(a_key_is_sixteen_bytes_in_base64),
        cmocka_unit_test(a_drawn_key_is_sound_and_never_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
