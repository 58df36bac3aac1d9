/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/http.h"

static void hop_by_hop_headers_are_known_in_any_case(void **state)
{
    (void)state;
    assert_true(header_is_hop_by_hop(SPAN("connection")));
    assert_true(header_is_hop_by_hop(SPAN("TRANSFER-ENCODING")));
    assert_true(header_is_hop_by_hop(SPAN("te")));
    assert_true(header_is_hop_by_hop(SPAN("Proxy-Connection")));
    assert_true(header_is_hop_by_hop(SPAN("Content-Length")));
    assert_false(header_is_hop_by_hop(SPAN("Content-Encoding")));
    assert_false(header_is_hop_by_hop(SPAN("Proxy-Status")));
    assert_false(header_is_hop_by_hop(SPAN("")));
}

static void a_header_name_is_a_token(void **state)
{
    (void)state;
    assert_true(header_name_is_sound(SPAN("X-a_b.1!#$%&'*+^`|~")));
    assert_false(header_name_is_sound(SPAN("")));
    assert_false(header_name_is_sound(SPAN("a b")));
    assert_false(header_name_is_sound(SPAN("a:b")));
    assert_false(header_name_is_sound(SPAN("a\0")));
    assert_false(header_name_is_sound(SPAN("a\x7f")));
    assert_false(header_name_is_sound(SPAN("\xc3\xa4")));
}

static void a_header_value_holds_no_control_character_but_tab(void **state)
{
    (void)state;
    assert_true(header_value_is_sound(SPAN("")));
    assert_true(header_value_is_sound(SPAN("a \t\xff")));
    assert_false(header_value_is_sound(SPAN("a\r")));
    assert_false(header_value_is_sound(SPAN("\na")));
    assert_false(header_value_is_sound(SPAN("\0")));
    assert_false(header_value_is_sound(SPAN("\x7f")));
}

static void reasons_are_those_pushpin_writes(void **state)
{
    (void)state;
    assert_string_equal(status_reason(200), "OK");
    assert_string_equal(status_reason(302), "Found");
    assert_string_equal(status_reason(414), "Request-URI Too Long");
    assert_string_equal(status_reason(511), "Network Authentication Required");
    assert_string_equal(status_reason(299), "Undefined Reason");
    assert_string_equal(status_reason(4000000), "Undefined Reason");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hop_by_hop_headers_are_known_in_any_case),
        cmocka_unit_test(a_header_name_is_a_token),
        cmocka_unit_test(a_header_value_holds_no_control_character_but_tab),
        cmocka_unit_test(reasons_are_those_pushpin_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
