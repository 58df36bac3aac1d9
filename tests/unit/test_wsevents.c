/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/wsevents.h"

static const char *const kinds = "OTBPpCD?"; /* a letter for each kind, in their order */

/* Reads all of `body` and compares it with a text like "O T(hello) ! why". */
static void assert_reads(struct span body, const char *expected)
{
    struct buf got = {0};
    struct wsevent event;
    const char *why;
    while (wsevent_next(&event, &body, &why)) {
        buf_printf(&got, "%s%c", got.len ? " " : "", kinds[event.kind]);
        if (event.content.len)
            buf_printf(&got, "(%.*s)", (int)event.content.len, event.content.at);
    }
    if (why)
        buf_printf(&got, "%s! %s", got.len ? " " : "", why);
    else
        assert_int_equal(body.len, 0);
    char *text = buf_take(&got);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_writes(enum wsevent_kind kind, struct span content, struct span expected)
{
    struct buf out = {0};
    wsevent_write(&out, kind, content);
    assert_int_equal(out.len, expected.len);
    assert_memory_equal(out.bytes, expected.at, expected.len);
    buf_done(&out);
}

static void events_are_written_with_plain_lower_case_lengths(void **state)
{
    (void)state;
    assert_writes(WSEVENT_OPEN, SPAN(""), SPAN("OPEN\r\n"));
    assert_writes(WSEVENT_TEXT, SPAN("hello"), SPAN("TEXT 5\r\nhello\r\n"));
    assert_writes(WSEVENT_BINARY, SPAN("12345678901\0"), SPAN("BINARY c\r\n12345678901\0\r\n"));
    assert_writes(WSEVENT_CLOSE,
                  SPAN("\x03\xe8"
                       "bye"),
                  SPAN("CLOSE 5\r\n\x03\xe8"
                       "bye\r\n"));
    assert_writes(WSEVENT_DISCONNECT, SPAN(""), SPAN("DISCONNECT\r\n"));
}

static void only_text_and_binary_have_a_length_when_empty(void **state)
{
    (void)state;
    assert_writes(WSEVENT_TEXT, SPAN(""), SPAN("TEXT 0\r\n\r\n"));
    assert_writes(WSEVENT_BINARY, SPAN(""), SPAN("BINARY 0\r\n\r\n"));
    assert_writes(WSEVENT_PING, SPAN(""), SPAN("PING\r\n"));
    assert_writes(WSEVENT_PONG, SPAN(""), SPAN("PONG\r\n"));
    assert_writes(WSEVENT_CLOSE, SPAN(""), SPAN("CLOSE\r\n"));
}

static void events_are_read_in_their_order(void **state)
{
    (void)state;
    assert_reads(SPAN(""), "");
    assert_reads(SPAN("OPEN\r\nTEXT 5\r\nhello\r\nBINARY 1\r\nx\r\nPING\r\nPONG 1\r\n!\r\n"
                      "CLOSE 4\r\n12ok\r\nDISCONNECT\r\n"),
                 "O T(hello) B(x) P p(!) C(12ok) D");
}

static void the_bodies_of_the_guide_are_read(void **state)
{
    (void)state;
    assert_reads(SPAN("TEXT 16\r\nHello from the client!\r\n"), "T(Hello from the client!)");
    assert_reads(
        SPAN("TEXT 0C\r\nYou said Hi!\r\nTEXT 45\r\n"
             "c:{\"type\": \"subscribe\", \"channel\": \"additional-channel-subscription\"}\r\n"),
        "T(You said Hi!) "
        "T(c:{\"type\": \"subscribe\", \"channel\": \"additional-channel-subscription\"})");
}

static void lengths_are_hexadecimal_of_either_case_and_may_be_padded(void **state)
{
    (void)state;
    assert_reads(SPAN("TEXT a\r\n0123456789\r\nTEXT A\r\n0123456789\r\n"),
                 "T(0123456789) T(0123456789)");
    assert_reads(SPAN("TEXT 00000000000000000000000000000001\r\nx\r\n"), "T(x)");
    assert_reads(SPAN("TEXT 10\r\n0123456789abcdef\r\n"), "T(0123456789abcdef)");
}

static void content_is_counted_and_never_searched(void **state)
{
    (void)state;
    assert_reads(SPAN("TEXT 9\r\n\r\nCLOSE\r\n\r\nPING\r\n"), "T(\r\nCLOSE\r\n) P");
}

static void no_length_means_no_content(void **state)
{
    (void)state;
    assert_reads(SPAN("TEXT\r\nBINARY\r\nCLOSE\r\n"), "T B C");
    assert_reads(SPAN("OPEN 0\r\n\r\nTEXT 0\r\n\r\nCLOSE 00\r\n\r\n"), "O T C");
}

static void unknown_events_are_stepped_over_with_their_content(void **state)
{
    (void)state;
    assert_reads(SPAN("FANCY 6\r\nOPEN\r\n\r\nNEW\r\nPING\r\n"), "?(OPEN\r\n) ? P");
    assert_reads(SPAN("text 1\r\nx\r\nOpen\r\nTEXTS\r\nTEX\r\n\r\n"), "?(x) ? ? ? ?");
}

static void the_last_event_may_lack_the_end_behind_its_content(void **state)
{
    (void)state;
    assert_reads(SPAN("OPEN\r\nTEXT 5\r\nhello"), "O T(hello)");
    assert_reads(SPAN("TEXT 0\r\n"), "T");
}

#define NOT_HEX "! the length of an event is not hexadecimal"

static void content_that_ends_with_the_body_is_taken_as_far_as_it_came(void **state)
{
    (void)state;
    assert_reads(SPAN("TEXT 6\r\nhello"), "T(hello)");
    assert_reads(SPAN("TEXT 1\r\n"), "T");
    assert_reads(SPAN("OPEN\r\nTEXT ffffffffffffffff\r\nhello"), "O T(hello)");
    assert_reads(SPAN("TEXT 10000000000000005\r\nhello"), "T(hello)");
    assert_reads(SPAN("FANCY 6\r\nhello"), "?(hello)");
}

static void a_length_that_is_no_hexadecimal_number_is_refused(void **state)
{
    (void)state;
    assert_reads(SPAN("TEXT \r\n\r\n"), "! the length of an event is missing");
    assert_reads(SPAN("TEXT g\r\nx\r\n"), NOT_HEX);
    assert_reads(SPAN("TEXT -1\r\nx\r\n"), NOT_HEX);
    assert_reads(SPAN("TEXT +1\r\nx\r\n"), NOT_HEX);
    assert_reads(SPAN("TEXT 0x1\r\nx\r\n"), NOT_HEX);
    assert_reads(SPAN("TEXT  1\r\nx\r\n"), NOT_HEX);
    assert_reads(SPAN("TEXT 1 \r\nx\r\n"), NOT_HEX);
    assert_reads(SPAN("TEXT fffffffffffffffffffffg\r\nx\r\n"), NOT_HEX);
    assert_reads(SPAN("FANCY g\r\nx\r\n"), NOT_HEX);
}

static void a_line_without_its_end_is_refused(void **state)
{
    (void)state;
    assert_reads(SPAN("OPEN"), "! the line of an event does not end in CR LF");
    assert_reads(SPAN("OPEN\n"), "! the line of an event does not end in CR LF");
    assert_reads(SPAN("TEXT 5\nhello\n"), "! the line of an event does not end in CR LF");
}

static void two_bytes_behind_content_are_skipped_whatever_they_are(void **state)
{
    (void)state;
    assert_reads(SPAN("TEXT 5\r\nhello\n\nPING\r\n"), "T(hello) P");
    assert_reads(SPAN("TEXT 5\r\nhello\r"), "T(hello)");
    assert_reads(SPAN("TEXT 4\r\nhello\r\n"),
                 "T(hell) ! the line of an event does not end in CR LF");
}

static void content_that_the_kind_cannot_have_is_refused(void **state)
{
    (void)state;
    assert_reads(SPAN("OPEN 1\r\nx\r\n"), "! OPEN and DISCONNECT have no content");
    assert_reads(SPAN("DISCONNECT 1\r\nx\r\n"), "! OPEN and DISCONNECT have no content");
    assert_reads(SPAN("CLOSE 1\r\nx\r\n"), "! the code of CLOSE is two bytes");
    assert_reads(SPAN("CLOSE 2\r\n12\r\n"), "C(12)");

    char ping[] = "PING 7d\r\n" /* 125 bytes and one more */
                  "0123456789012345678901234567890123456789012345678901234567890123456789"
                  "01234567890123456789012345678901234567890123456789012345";
    struct wsevent event;
    const char *why;
    struct span rest = span(ping, sizeof(ping) - 2);
    assert_true(wsevent_next(&event, &rest, &why));
    assert_int_equal(event.content.len, 125);
    ping[6] = 'e';
    assert_reads(span(ping, sizeof(ping) - 1), "! PING and PONG carry at most 125 bytes");
}

static void a_fault_leaves_the_rest_as_it_was(void **state)
{
    (void)state;
    struct wsevent event;
    const char *why;
    struct span body = SPAN("TEXT x\r\nhello\r\n");
    struct span rest = body;
    assert_false(wsevent_next(&event, &rest, &why));
    assert_ptr_equal(rest.at, body.at);
    assert_int_equal(rest.len, body.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_written_with_plain_lower_case_lengths),
        cmocka_unit_test(only_text_and_binary_have_a_length_when_empty),
        cmocka_unit_test(events_are_read_in_their_order),
        cmocka_unit_test(the_bodies_of_the_guide_are_read),
        cmocka_unit_test(lengths_are_hexadecimal_of_either_case_and_may_be_padded),
        cmocka_unit_test(content_is_counted_and_never_searched),
        cmocka_unit_test(no_length_means_no_content),
        cmocka_unit_test(unknown_events_are_stepped_over_with_their_content),
        cmocka_unit_test(the_last_event_may_lack_the_end_behind_its_content),
        cmocka_unit_test(content_that_ends_with_the_body_is_taken_as_far_as_it_came),
        cmocka_unit_test(a_length_that_is_no_hexadecimal_number_is_refused),
        cmocka_unit_test(a_line_without_its_end_is_refused),
        cmocka_unit_test(two_bytes_behind_content_are_skipped_whatever_they_are),
        cmocka_unit_test(content_that_the_kind_cannot_have_is_refused),
        cmocka_unit_test(a_fault_leaves_the_rest_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
