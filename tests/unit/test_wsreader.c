/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "tests/support/wssent.h"
#include "tests/support/wstold.h"

#define MOST 70000

static void assert_told(struct wstold *told, const char *expected)
{
    char *line = wstold_take(told);
    assert_string_equal(line, expected);
    free(line);
}

static void assert_read_in_two(size_t first_len, const char *expected)
{
    struct wsreader reader = {0};
    struct wstold told = {0};
    struct span all = buf_span(&sent);
    wstold_read(&told, &reader, sent_by, MOST, span(all.at, first_len));
    wstold_read(&told, &reader, sent_by, MOST, span_skip(all, first_len));
    assert_told(&told, expected);
    wsreader_done(&reader);
}

static void assert_read_byte_by_byte(const char *expected)
{
    struct wsreader reader = {0};
    struct wstold told = {0};
    for (size_t i = 0; i < sent.len; i++)
        wstold_read(&told, &reader, sent_by, MOST, span(sent.bytes + i, 1));
    assert_told(&told, expected);
    wsreader_done(&reader);
}

/* Reads what was sent whole, in any two parts and byte by byte, and forgets it. */
static void assert_read(const char *expected)
{
    for (size_t first_len = 0; first_len <= sent.len; first_len++)
        assert_read_in_two(first_len, expected);
    assert_read_byte_by_byte(expected);
    buf_clear(&sent);
}

/* ---- what is good ---- */

static void messages_and_control_frames_are_read_one_after_the_other(void **state)
{
    (void)state;
    send_text(FIN | WS_OP_TEXT, "hello");
    send_text(FIN | WS_OP_PING, "are you there");
    send_bytes(FIN | WS_OP_BINARY, SPAN("\xff\x00"));
    send_text(FIN | WS_OP_PONG, "");
    send_text(FIN | WS_OP_TEXT, "a longer text that is more than eight bytes");
    send_bytes(FIN | WS_OP_CLOSE, SPAN("\x03\xe8"
                                       "bye"));
    assert_read("text(hello) ping(are you there) binary(\\xff\\x00) pong() "
                "text(a longer text that is more than eight bytes) close(1000 bye)");
}

static void a_server_is_read_without_masks(void **state)
{
    (void)state;
    sent_by = WS_SERVER;
    send_text(FIN | WS_OP_TEXT, "hello");
    send_text(FIN | WS_OP_PING, "x");
    assert_read("text(hello) ping(x)");
}

static void fragments_are_one_message(void **state)
{
    (void)state;
    send_text(WS_OP_TEXT, "one, ");
    send_text(WS_OP_CONTINUATION, "two, ");
    send_text(FIN | WS_OP_CONTINUATION, "three");
    send_text(FIN | WS_OP_BINARY, "next");
    assert_read("text(one, two, three) binary(next)");
}

static void control_frames_may_come_between_fragments(void **state)
{
    (void)state;
    send_text(WS_OP_TEXT, "one, ");
    send_text(FIN | WS_OP_PING, "now");
    send_text(FIN | WS_OP_CONTINUATION, "two");
    send_text(WS_OP_TEXT, "never finished");
    send_bytes(FIN | WS_OP_CLOSE, SPAN("\x0f\xa0"));
    assert_read("ping(now) text(one, two) close(4000)");
}

static void empty_frames_begin_go_on_and_end_messages(void **state)
{
    (void)state;
    send_text(FIN | WS_OP_TEXT, "");
    send_text(WS_OP_TEXT, "");
    send_text(WS_OP_CONTINUATION, "");
    send_text(FIN | WS_OP_CONTINUATION, "");
    send_text(WS_OP_BINARY, "x");
    send_text(WS_OP_CONTINUATION, "");
    send_text(FIN | WS_OP_CONTINUATION, "");
    send_text(WS_OP_BINARY, "");
    assert_read("text() text() binary(x) binary(");
}

static void pieces_are_given_as_they_arrive(void **state)
{
    (void)state;
    send_text(FIN | WS_OP_TEXT, "hello");
    struct wsreader reader = {0};
    struct wsread_item item;
    char *bytes = sent.bytes;
    size_t len = sent.len - 2;
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_DATA);
    assert_memory_equal(item.bytes.at, "hel", 3);
    assert_int_equal(item.bytes.len, 3);
    assert_true(item.is_text && item.is_first && !item.is_last);
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_MORE);
    len = 2;
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_DATA);
    assert_memory_equal(item.bytes.at, "lo", 2);
    assert_true(item.is_last && !item.is_first);
    assert_ptr_equal(bytes, sent.bytes + sent.len);
    wsreader_done(&reader);
}

static void an_empty_middle_fragment_gives_no_piece(void **state)
{
    (void)state;
    send_text(WS_OP_TEXT, "a");
    send_text(WS_OP_CONTINUATION, "");
    send_text(FIN | WS_OP_CONTINUATION, "");
    struct wsreader reader = {0};
    struct wsread_item item;
    char *bytes = sent.bytes;
    size_t len = sent.len;
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_DATA);
    assert_false(item.is_last);
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_DATA);
    assert_true(item.is_last);
    assert_int_equal(item.bytes.len, 0);
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_MORE);
    wsreader_done(&reader);
}

static void an_idle_reader_holds_no_memory(void **state)
{
    (void)state;
    send_text(FIN | WS_OP_PING, "split");
    struct wsreader reader = {0};
    struct wsread_item item;
    char *bytes = sent.bytes;
    size_t len = sent.len - 1;
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_MORE);
    assert_non_null(reader.control);
    len = 1;
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_PING);
    assert_memory_equal(item.bytes.at, "split", 5);
    assert_int_equal(wsreader_next(&reader, &item, WS_CLIENT, MOST, &bytes, &len), WSREAD_MORE);
    assert_null(reader.control);
}

/* ---- what is not ---- */

static void reserved_bits_and_opcodes_are_faults(void **state)
{
    (void)state;
    static const unsigned firsts[] = {0xc1, 0xa1, 0x91, 0xc9, 0x83, 0x87, 0x8b, 0x8f, 0x03};
    for (size_t i = 0; i < ARRAY_LEN(firsts); i++) {
        send_text(FIN | WS_OP_PING, "good");
        send_text(firsts[i], "bad");
        send_text(FIN | WS_OP_PING, "too late");
        assert_read("ping(good) fault(1002)");
    }
}

static void a_client_must_mask_and_a_server_must_not(void **state)
{
    (void)state;
    buf_append(&sent, SPAN("\x81\x01"
                           "a"));
    assert_read("fault(1002)");
    sent_by = WS_SERVER;
    buf_append(&sent, SPAN("\x81\x81\x00\x00\x00\x00"
                           "a"));
    assert_read("fault(1002)");
}

static void fragments_out_of_place_are_faults(void **state)
{
    (void)state;
    send_text(FIN | WS_OP_CONTINUATION, "of nothing");
    assert_read("fault(1002)");
    send_text(FIN | WS_OP_TEXT, "over");
    send_text(FIN | WS_OP_CONTINUATION, "of nothing");
    assert_read("text(over) fault(1002)");
    send_text(WS_OP_TEXT, "not over");
    send_text(FIN | WS_OP_TEXT, "inside");
    assert_read("fault(1002)");
    send_text(WS_OP_TEXT, "");
    send_text(FIN | WS_OP_BINARY, "inside");
    assert_read("fault(1002)");
}

static void control_frames_are_short_and_whole(void **state)
{
    (void)state;
    static const unsigned controls[] = {WS_OP_CLOSE, WS_OP_PING, WS_OP_PONG};
    char most[WS_CONTROL_MOST] = {0};
    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        send_text(controls[i], "");
        assert_read("fault(1002)");
        send_head(FIN | controls[i], 126, 2);
        assert_read("fault(1002)");
        send_head(FIN | controls[i], 1, 8);
        assert_read("fault(1002)");
    }
    memset(most, 'x', sizeof(most));
    char expected[6 + sizeof(most) + 2] = "ping(";
    memcpy(expected + 5, most, sizeof(most));
    expected[5 + sizeof(most)] = ')';
    send_bytes(FIN | WS_OP_PING, span(most, sizeof(most)));
    assert_read(expected);
}

static void a_length_has_one_form(void **state)
{
    (void)state;
    static const struct {
        uint64_t len;
        unsigned width;
        const char *outcome;
    } cases[] = {
        {125, 2, "fault(1002)"},
        {0, 2, "fault(1002)"},
        {126, 2, ""},
        {65535, 8, "fault(1002)"},
        {5, 8, "fault(1002)"},
        {65536, 8, ""},
        {UINT64_C(1) << 63, 8, "fault(1002)"},
        {UINT64_MAX, 8, "fault(1002)"},
        {UINT64_C(1) << 62, 8, "fault(1009)"},
        {INT64_MAX, 8, "fault(1009)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        send_head(FIN | WS_OP_BINARY, cases[i].len, cases[i].width);
        assert_read(cases[i].outcome);
    }
}

static void a_message_too_long_is_refused_at_the_head_that_leads_beyond(void **state)
{
    (void)state;
    send_head(FIN | WS_OP_TEXT, MOST, 8);
    assert_read("");
    send_head(FIN | WS_OP_TEXT, MOST + 1, 8);
    assert_read("fault(1009)");

    send_text(WS_OP_TEXT, "x");
    send_head(FIN | WS_OP_CONTINUATION, MOST - 1, 8);
    assert_read("text(x");
    send_text(WS_OP_TEXT, "x");
    send_head(FIN | WS_OP_CONTINUATION, MOST, 8);
    assert_read("fault(1009)");
    send_text(WS_OP_TEXT, "xy");
    send_text(FIN | WS_OP_CONTINUATION, "z");
    send_head(FIN | WS_OP_TEXT, MOST, 8);
    assert_read("text(xyz)");
}

static void control_frames_do_not_count_as_part_of_the_message(void **state)
{
    (void)state;
    send_text(WS_OP_BINARY, "x");
    send_text(FIN | WS_OP_PING, "0123456789");
    send_head(FIN | WS_OP_CONTINUATION, MOST - 1, 8);
    assert_read("ping(0123456789) binary(x");
}

static void long_frames_are_unmasked_in_any_two_parts(void **state)
{
    (void)state;
    char payload[300];
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (char)('a' + i % 26);
    struct wstold told = {0};
    wstold_item(&told, "text", span(payload, sizeof(payload)));
    char *expected = wstold_take(&told);
    send_bytes(FIN | WS_OP_TEXT, span(payload, sizeof(payload)));
    assert_read(expected);
    free(expected);
}

static void a_close_frame_is_judged(void **state)
{
    (void)state;
    static const struct {
        struct span payload;
        const char *outcome;
    } cases[] = {
        {SPAN_INIT(""), "close(1005)"},
        {SPAN_INIT("\x0c"), "fault(1002)"}, /* 3072 and more, if it went on */
        {SPAN_INIT("\x03\xe8"), "close(1000)"},
        {SPAN_INIT("\x03\xec"), "fault(1002)"}, /* 1004 */
        {SPAN_INIT("\x03\xed"), "fault(1002)"}, /* 1005 */
        {SPAN_INIT("\x03\xee"), "fault(1002)"}, /* 1006 */
        {SPAN_INIT("\x03\xf6"), "close(1014)"},
        {SPAN_INIT("\x03\xf7"), "fault(1002)"}, /* 1015 */
        {SPAN_INIT("\x00\x00"), "fault(1002)"},
        {SPAN_INIT("\x13\x88"), "fault(1002)"}, /* 5000 */
        {SPAN_INIT("\x03\xe8\xc3\xbc"), "close(1000 \\xc3\\xbc)"},
        {SPAN_INIT("\x03\xe8\xc3"), "fault(1007)"},
        {SPAN_INIT("\x03\xe8\xff"), "fault(1007)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        send_bytes(FIN | WS_OP_CLOSE, cases[i].payload);
        send_text(FIN | WS_OP_TEXT, "dropped");
        assert_read(cases[i].outcome);
    }
}

static void text_is_utf8_across_fragments(void **state)
{
    (void)state;
    send_text(WS_OP_TEXT, "\xe2");
    send_text(FIN | WS_OP_PING, "\xff");
    send_text(WS_OP_CONTINUATION, "\x82");
    send_text(FIN | WS_OP_CONTINUATION, "\xac");
    send_text(FIN | WS_OP_TEXT, "fresh");
    assert_read("ping(\\xff) text(\\xe2\\x82\\xac) text(fresh)");
    send_text(FIN | WS_OP_TEXT, "cut \xe2\x82");
    assert_read("fault(1007)");
    send_text(WS_OP_TEXT, "cut \xe2\x82");
    send_text(FIN | WS_OP_CONTINUATION, "");
    assert_read("fault(1007)");
    send_text(WS_OP_TEXT, "\xe2\x82");
    send_text(FIN | WS_OP_CONTINUATION, "A");
    assert_read("fault(1007)");
}

static void a_bad_byte_is_answered_before_the_message_ends(void **state)
{
    (void)state;
    send_head(WS_OP_TEXT, 1000, 2);
    send_payload(SPAN("\xed\xa0"));
    assert_read("fault(1007)");
    send_head(WS_OP_BINARY, 1000, 2);
    send_payload(SPAN("\xed\xa0"));
    assert_read("binary(\\xed\\xa0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sent_begin, sent_end)
    const struct CMUnitTest tests[] = {
        TEST(messages_and_control_frames_are_read_one_after_the_other),
        TEST(a_server_is_read_without_masks),
        TEST(fragments_are_one_message),
        TEST(control_frames_may_come_between_fragments),
        TEST(empty_frames_begin_go_on_and_end_messages),
        TEST(pieces_are_given_as_they_arrive),
        TEST(an_empty_middle_fragment_gives_no_piece),
        TEST(an_idle_reader_holds_no_memory),
        TEST(reserved_bits_and_opcodes_are_faults),
        TEST(a_client_must_mask_and_a_server_must_not),
        TEST(fragments_out_of_place_are_faults),
        TEST(control_frames_are_short_and_whole),
        TEST(a_length_has_one_form),
        TEST(a_message_too_long_is_refused_at_the_head_that_leads_beyond),
        TEST(control_frames_do_not_count_as_part_of_the_message),
        TEST(long_frames_are_unmasked_in_any_two_parts),
        TEST(a_close_frame_is_judged),
        TEST(text_is_utf8_across_fragments),
        TEST(a_bad_byte_is_answered_before_the_message_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
