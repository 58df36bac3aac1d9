/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/escape.h"

typedef bool decode_fn(struct buf *out, struct span text);

static void decodes_to(decode_fn *decode, struct span text, struct span bytes)
{
    struct buf out = {0};
    buf_append(&out, SPAN("before "));
    assert_true(decode(&out, text));
    assert_int_equal(out.len, 7 + bytes.len);
    assert_memory_equal(out.bytes, "before ", 7);
    assert_memory_equal(out.bytes + 7, bytes.at, bytes.len);
    buf_done(&out);
}

static void is_refused(decode_fn *decode, struct span text)
{
    struct buf out = {0};
    buf_append(&out, SPAN("before"));
    assert_false(decode(&out, text));
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.bytes, "before", 6);
    buf_done(&out);
}

static void a_cstring_knows_backslash_cr_lf_tab_and_hex(void **state)
{
    (void)state;
    decodes_to(cstring_decode, SPAN(""), SPAN(""));
    decodes_to(cstring_decode, SPAN("plain"), SPAN("plain"));
    decodes_to(cstring_decode, SPAN("event: keep-alive\\ndata:\\n\\n"),
               SPAN("event: keep-alive\ndata:\n\n"));
    decodes_to(cstring_decode, SPAN("\\\\n\\r\\t\\x00\\xfF!"), SPAN("\\n\r\t\0\xff!"));
}

static void a_truncated_or_unknown_cstring_escape_is_refused(void **state)
{
    (void)state;
    is_refused(cstring_decode, SPAN("abc\\"));
    is_refused(cstring_decode, SPAN("abc\\x"));
    is_refused(cstring_decode, SPAN("abc\\x4"));
    is_refused(cstring_decode, SPAN("abc\\x4g"));
    is_refused(cstring_decode, SPAN("abc\\q"));
}

static void base64_is_read_in_both_alphabets_with_and_without_padding(void **state)
{
    (void)state;
    decodes_to(base64_decode, SPAN(""), SPAN(""));
    decodes_to(base64_decode, SPAN("Zg=="), SPAN("f"));
    decodes_to(base64_decode, SPAN("Zg"), SPAN("f"));
    decodes_to(base64_decode, SPAN("Zm8="), SPAN("fo"));
    decodes_to(base64_decode, SPAN("Zm8"), SPAN("fo"));
    decodes_to(base64_decode, SPAN("Zm9vYmFy"), SPAN("foobar"));
    decodes_to(base64_decode, SPAN("+/+/"), SPAN("\xfb\xff\xbf"));
    decodes_to(base64_decode, SPAN("-_-_"), SPAN("\xfb\xff\xbf"));
}

static void what_is_not_base64_is_refused(void **state)
{
    (void)state;
    is_refused(base64_decode, SPAN("Z"));
    is_refused(base64_decode, SPAN("Zm9vY"));
    is_refused(base64_decode, SPAN("Zm 9"));
    is_refused(base64_decode, SPAN("Zm9v\n"));
    is_refused(base64_decode, SPAN("Z==="));
    is_refused(base64_decode, SPAN("===="));
    is_refused(base64_decode, SPAN("Zg="));
    is_refused(base64_decode, SPAN("Zg==Zg=="));
    is_refused(base64_decode, SPAN("Zm9v===="));
    is_refused(base64_decode, SPAN("Zm\0v"));
}

static void base64_is_written_with_padding(void **state)
{
    (void)state;
    struct buf out = {0};
    base64_encode(&out, SPAN(""));
    base64_encode(&out, SPAN("f"));
    base64_encode(&out, SPAN("fo"));
    base64_encode(&out, SPAN("foo\xfb\xff\xbf"));
    assert_true(span_equal(buf_span(&out), SPAN("Zg==Zm8=Zm9v+/+/")));
    buf_done(&out);
}

static void base64url_is_written_without_padding(void **state)
{
    (void)state;
    struct buf out = {0};
    base64url_encode(&out, SPAN(""));
    base64url_encode(&out, SPAN("f"));
    buf_append(&out, SPAN(" "));
    base64url_encode(&out, SPAN("fo"));
    buf_append(&out, SPAN(" "));
    base64url_encode(&out, SPAN("foobar"));
    buf_append(&out, SPAN(" "));
    base64url_encode(&out, SPAN("\xfb\xff\xbf"));
    char *text = buf_take(&out);
    assert_string_equal(text, "Zg Zm8 Zm9vYmFy -_-_");
    free(text);
}

static void hexadecimal_is_read_in_either_case_and_in_whole_bytes(void **state)
{
    (void)state;
    decodes_to(hex_decode, SPAN(""), SPAN(""));
    decodes_to(hex_decode, SPAN("00aBFf"), SPAN("\0\xab\xff"));
    is_refused(hex_decode, SPAN("abc"));
    is_refused(hex_decode, SPAN("0x"));
    is_refused(hex_decode, SPAN("ab cd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cstring_knows_backslash_cr_lf_tab_and_hex),
        cmocka_unit_test(a_truncated_or_unknown_cstring_escape_is_refused),
        cmocka_unit_test(base64_is_read_in_both_alphabets_with_and_without_padding),
        cmocka_unit_test(what_is_not_base64_is_refused),
        cmocka_unit_test(base64_is_written_with_padding),
        cmocka_unit_test(base64url_is_written_without_padding),
        cmocka_unit_test(hexadecimal_is_read_in_either_case_and_in_whole_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
