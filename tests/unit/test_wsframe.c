/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/wsframe.h"

static void assert_head(enum ws_opcode opcode, uint64_t len, struct span expected)
{
    char head[WS_HEAD_MOST];
    assert_int_equal(ws_head(head, opcode, len), expected.len);
    assert_memory_equal(head, expected.at, expected.len);
}

static void a_length_takes_the_shortest_form_that_holds_it(void **state)
{
    (void)state;
    assert_head(WS_OP_TEXT, 5, SPAN("\x81\x05"));
    assert_head(WS_OP_PONG, 0, SPAN("\x8a\x00"));
    assert_head(WS_OP_BINARY, 125, SPAN("\x82\x7d"));
    assert_head(WS_OP_BINARY, 126, SPAN("\x82\x7e\x00\x7e"));
    assert_head(WS_OP_TEXT, 65535, SPAN("\x81\x7e\xff\xff"));
    assert_head(WS_OP_TEXT, 65536, SPAN("\x81\x7f\0\0\0\0\0\x01\0\0"));
    assert_head(WS_OP_TEXT, UINT64_C(0x0102030405060708),
                SPAN("\x81\x7f\x01\x02\x03\x04\x05\x06\x07\x08"));
}

static void codes_that_stand_for_no_code_are_not_sound(void **state)
{
    (void)state;
    static const struct {
        unsigned from, to;
        bool is_sound;
    } ranges[] = {
        {0, 999, false},     {1000, 1003, true}, {1004, 1006, false},  {1007, 1014, true},
        {1015, 2999, false}, {3000, 4999, true}, {5000, 70000, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        for (unsigned code = ranges[i].from; code <= ranges[i].to; code++)
            assert_int_equal(ws_close_code_is_sound(code), ranges[i].is_sound);
}

static struct span payload(unsigned code, struct span reason)
{
    static char out[WS_CONTROL_MOST];
    return span(out, ws_close_payload(out, code, reason));
}

static void a_close_carries_its_code_and_reason(void **state)
{
    (void)state;
    assert_true(span_equal(payload(WS_CLOSE_NORMAL, SPAN("ok")), SPAN("\x03\xe8"
                                                                      "ok")));
    assert_true(span_equal(payload(4001, span(NULL, 0)), SPAN("\x0f\xa1")));
}

static void a_close_without_a_code_that_may_be_sent_is_empty(void **state)
{
    (void)state;
    assert_int_equal(payload(WS_CLOSE_NONE, SPAN("reason")).len, 0);
    assert_int_equal(payload(0, SPAN("reason")).len, 0);
    assert_int_equal(payload(1006, SPAN("reason")).len, 0);
}

static void a_long_reason_is_cut_between_two_characters(void **state)
{
    (void)state;
    char reason[200];
    memset(reason, 'x', sizeof(reason));
    assert_int_equal(payload(1000, span(reason, sizeof(reason))).len, WS_CONTROL_MOST);
    assert_int_equal(payload(1000, span(reason, 123)).len, WS_CONTROL_MOST);
    struct span snail = SPAN("\xf0\x9f\x90\x8c");
    memcpy(reason + 121, snail.at, snail.len);
    struct span cut = payload(1000, span(reason, sizeof(reason)));
    assert_int_equal(cut.len, 2 + 121);
    assert_memory_equal(cut.at + 2, reason, 121);
}

static void a_reason_is_cut_before_what_is_not_utf8(void **state)
{
    (void)state;
    assert_true(span_equal(payload(1000, SPAN("a\xff"
                                              "b")),
                           SPAN("\x03\xe8"
                                "a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_takes_the_shortest_form_that_holds_it),
        cmocka_unit_test(codes_that_stand_for_no_code_are_not_sound),
        cmocka_unit_test(a_close_carries_its_code_and_reason),
        cmocka_unit_test(a_close_without_a_code_that_may_be_sent_is_empty),
        cmocka_unit_test(a_long_reason_is_cut_between_two_characters),
        cmocka_unit_test(a_reason_is_cut_before_what_is_not_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
