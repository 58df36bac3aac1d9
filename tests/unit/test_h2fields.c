/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/h2fields.h"

static struct h2frame frame_of(enum h2_type type, unsigned flags, struct span payload)
{
    return (struct h2frame){.type = type, .flags = (uint8_t)flags, .len = (uint32_t)payload.len};
}

static void read_frame(struct h2fields *fields, enum h2_type type, unsigned flags,
                       struct span payload)
{
    struct h2frame frame = frame_of(type, flags, payload);
    h2fields_begin(fields, &frame);
    h2fields_read(fields, payload);
}

/* In one frame, in any two frames, and byte by byte. */
static void assert_count(struct span block, uint64_t expected)
{
    struct h2fields fields;
    for (size_t first = 0; first <= block.len; first++) {
        read_frame(&fields, H2_HEADERS, 0, span(block.at, first));
        read_frame(&fields, H2_CONTINUATION, 0, span_skip(block, first));
        assert_int_equal(fields.count, expected);
        assert_int_equal(fields.state, H2FIELDS_FIRST);
    }
    struct h2frame frame = frame_of(H2_HEADERS, 0, block);
    h2fields_begin(&fields, &frame);
    for (size_t i = 0; i < block.len; i++)
        h2fields_read(&fields, span(block.at + i, 1));
    assert_int_equal(fields.count, expected);
}

static void a_reference_is_a_field_of_one_byte(void **state)
{
    (void)state;
    assert_count(SPAN("\x82\x86\x84\xbe\xbe"), 5);
}

/* RFC 7541, C.3.1 and C.4.1: with plain and with packed strings. */
static void the_examples_of_the_rfc_are_read(void **state)
{
    (void)state;
    assert_count(SPAN("\x82\x86\x84\x41\x0fwww.example.com"), 4);
    assert_count(SPAN("\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"), 4);
    assert_count(SPAN("\x40\x0a"
                      "custom-key\x0d"
                      "custom-header"),
                 1);
    assert_count(SPAN("\x10\x08password\x06secret"), 1);
}

static void numbers_may_go_on(void **state)
{
    (void)state;
    assert_count(SPAN("\xff\x80\x01\x82"), 2); /* an index of 255 */
    char block[6 + 200] = "\x00\x01k\x7f\x49"; /* a value of 127 + 73 */
    assert_count(span(block, 5 + 200), 1);
}

static void an_empty_string_is_a_string(void **state)
{
    (void)state;
    assert_count(SPAN("\x00\x00\x00\x04\x00\x82"), 3);
}

static void a_new_size_of_the_table_counts(void **state)
{
    (void)state;
    assert_count(SPAN("\x20\x3f\xe1\x1f\x82"), 3);
}

static void padding_and_priority_are_no_fields(void **state)
{
    (void)state;
    struct h2fields fields;
    read_frame(&fields, H2_HEADERS, H2_PADDED | H2_HAS_PRIORITY,
               SPAN("\x03\x80\0\0\1\x10\x82\x86\x82\x82\x82"));
    assert_int_equal(fields.count, 2);
    read_frame(&fields, H2_CONTINUATION, H2_PADDED | H2_HAS_PRIORITY, SPAN("\x82\x82"));
    assert_int_equal(fields.count, 4);
    read_frame(&fields, H2_HEADERS, H2_PADDED, SPAN("\xff\x82\x82"));
    assert_int_equal(fields.count, 0);
}

static void a_number_without_end_is_no_overflow(void **state)
{
    (void)state;
    struct h2fields fields;
    read_frame(&fields, H2_HEADERS, 0,
               SPAN("\x82\x00\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert_int_equal(fields.count, 1);
    assert_true(fields.number < UINT64_C(1) << 40);
}

static void each_head_is_counted_anew(void **state)
{
    (void)state;
    struct h2fields fields;
    read_frame(&fields, H2_HEADERS, 0, SPAN("\x82\x82\x82"));
    read_frame(&fields, H2_HEADERS, 0, SPAN("\x82"));
    assert_int_equal(fields.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reference_is_a_field_of_one_byte),
        cmocka_unit_test(the_examples_of_the_rfc_are_read),
        cmocka_unit_test(numbers_may_go_on),
        cmocka_unit_test(an_empty_string_is_a_string),
        cmocka_unit_test(a_new_size_of_the_table_counts),
        cmocka_unit_test(padding_and_priority_are_no_fields),
        cmocka_unit_test(a_number_without_end_is_no_overflow),
        cmocka_unit_test(each_head_is_counted_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
