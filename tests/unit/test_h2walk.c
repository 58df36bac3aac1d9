/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/buf.h"
#include "frontend/h2walk.h"

static const struct span two_frames = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                       "\0\0\3\0\1\0\0\0\5abc"
                                       "\0\1\0\x08\x04\x80\0\1\2",
                                       24 + 12 + 9};

/* Writes what is told of `bytes` behind `told`. */
static void tell(struct buf *told, struct h2walk *walk, struct span bytes)
{
    struct span piece;
    for (enum h2walk_event event; (event = h2walk_next(walk, &bytes, &piece)) != H2WALK_NOTHING;)
        if (event == H2WALK_HEAD)
            buf_printf(told, "%u:%u:%u:%u ", walk->frame.type, walk->frame.flags,
                       walk->frame.stream, walk->frame.len);
}

static void assert_told(struct buf *told, const char *expected)
{
    buf_append(told, span("", 1));
    assert_string_equal(told->bytes, expected);
    buf_done(told);
}

static void a_head_says_type_flags_stream_and_length(void **state)
{
    (void)state;
    struct h2walk walk;
    struct buf told = {0};
    h2walk_init(&walk);
    tell(&told, &walk, two_frames);
    assert_told(&told, "0:1:5:3 8:4:258:256 ");
}

static void the_first_bit_of_a_stream_says_nothing(void **state)
{
    (void)state;
    struct h2walk walk = {0};
    struct buf told = {0};
    tell(&told, &walk, span("\0\0\0\6\0\xff\xff\xff\xff", 9));
    assert_told(&told, "6:0:2147483647:0 ");
}

static void where_the_bytes_are_cut_makes_no_difference(void **state)
{
    (void)state;
    for (size_t first = 0; first <= two_frames.len; first++) {
        struct h2walk walk;
        struct buf told = {0};
        h2walk_init(&walk);
        tell(&told, &walk, span(two_frames.at, first));
        tell(&told, &walk, span_skip(two_frames, first));
        assert_told(&told, "0:1:5:3 8:4:258:256 ");
    }
}

static void it_knows_whether_a_frame_is_whole(void **state)
{
    (void)state;
    struct h2walk walk;
    struct buf told = {0};
    h2walk_init(&walk);
    assert_false(h2walk_is_between(&walk)); /* the preface is to come */
    for (size_t i = 0; i < 24; i++)
        tell(&told, &walk, span(two_frames.at + i, 1));
    assert_true(h2walk_is_between(&walk));
    for (size_t i = 24; i < 24 + 12; i++) {
        tell(&told, &walk, span(two_frames.at + i, 1));
        assert_int_equal(h2walk_is_between(&walk), i == 24 + 11);
    }
    buf_done(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_says_type_flags_stream_and_length),
        cmocka_unit_test(the_first_bit_of_a_stream_says_nothing),
        cmocka_unit_test(where_the_bytes_are_cut_makes_no_difference),
        cmocka_unit_test(it_knows_whether_a_frame_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
