/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/utf8.h"

/* The answer for `text`, which is the same wherever it is cut in two. */
static bool is_sound(struct span text)
{
    bool sound = utf8_is_sound(text);
    for (size_t cut = 0; cut <= text.len; cut++) {
        struct utf8 utf8 = {0};
        bool fed = utf8_feed(&utf8, span(text.at, cut)) && utf8_feed(&utf8, span_skip(text, cut));
        assert_int_equal(fed && utf8_is_complete(&utf8), sound);
    }
    return sound;
}

/* Writes the character as UTF-8 has it, or would have it. Returns: its length. */
static size_t encode(char out[4], uint32_t character)
{
    size_t len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char firsts[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, character >>= 6)
        out[i] = (char)(0x80 | (character & 0x3f));
    out[0] = (char)(firsts[len] | character);
    return len;
}

static void every_character_but_the_surrogates_is_sound(void **state)
{
    (void)state;
    for (uint32_t character = 0; character < 0x120000; character++) {
        char text[4];
        size_t len = encode(text, character);
        bool is_character = character <= 0x10ffff && (character < 0xd800 || character > 0xdfff);
        if (utf8_is_sound(span(text, len)) != is_character)
            fail_msg("U+%04X", character);
    }
}

/* By the definition: the bytes begin with a character whose shortest form they are.
 * Returns: its length, or 0. */
static size_t character_len(const unsigned char *bytes, size_t len)
{
    static const unsigned char bits_of_first[] = {0, 0x7f, 0x1f, 0x0f};
    for (size_t width = 1; width <= len; width++) {
        uint32_t character = bytes[0] & bits_of_first[width];
        for (size_t i = 1; i < width; i++)
            character = character << 6 | (bytes[i] & 0x3f);
        char shortest[4];
        if (encode(shortest, character) == width && memcmp(shortest, bytes, width) == 0)
            return character >= 0xd800 && character <= 0xdfff ? 0 : width;
    }
    return 0;
}

static bool is_row_of_characters(const unsigned char *bytes, size_t len)
{
    size_t width = 1;
    for (; len && width; bytes += width, len -= width)
        width = character_len(bytes, len);
    return width;
}

static void all_sequences_of_three_bytes_are_judged_by_the_definition(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < 1 << 24; number++) {
        unsigned char bytes[] = {(unsigned char)(number >> 16), (unsigned char)(number >> 8),
                                 (unsigned char)number};
        if (utf8_is_sound(span((char *)bytes, 3)) != is_row_of_characters(bytes, 3))
            fail_msg("%06x", number);
    }
}

static void text_of_any_length_is_sound_wherever_it_is_cut(void **state)
{
    (void)state;
    assert_true(is_sound(SPAN("")));
    assert_true(is_sound(SPAN("a text of many bytes, all of them ASCII")));
    assert_true(is_sound(SPAN("gr\xc3\xbc\xc3\x9f"
                              "e, \xe2\x82\xac and \xf0\x9f\x90\x8c, at eight bytes")));
    assert_true(is_sound(SPAN("a NUL \0 is a character")));
}

static void one_bad_byte_anywhere_is_found(void **state)
{
    (void)state;
    for (size_t at = 0; at < 40; at++) {
        char text[40];
        memset(text, 'x', sizeof(text));
        text[at] = (char)0x80;
        assert_false(is_sound(span(text, sizeof(text))));
        text[at] = (char)0xc3;
        assert_false(is_sound(span(text, sizeof(text))));
    }
}

static void what_is_wrong_is_found_at_the_first_byte_that_makes_it_so(void **state)
{
    (void)state;
    static const struct span bad[] = {
        SPAN_INIT("\x80"),             /* goes on with nothing */
        SPAN_INIT("\xc0"),             /* overlong */
        SPAN_INIT("\xc1"),             /* overlong */
        SPAN_INIT("\xc3\x28"),         /* does not go on */
        SPAN_INIT("\xe0\x9f"),         /* overlong */
        SPAN_INIT("\xed\xa0"),         /* a surrogate */
        SPAN_INIT("\xe2\x82\x28"),     /* does not go on */
        SPAN_INIT("\xf0\x8f"),         /* overlong */
        SPAN_INIT("\xf4\x90"),         /* beyond U+10FFFF */
        SPAN_INIT("\xf5"),             /* beyond U+10FFFF */
        SPAN_INIT("\xff"),             /* never */
        SPAN_INIT("\xf0\x9f\x90\xc0"), /* does not go on */
        SPAN_INIT("\xe0\xa0\x80\x80"), /* goes on too long */
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct utf8 utf8 = {0};
        assert_true(utf8_feed(&utf8, span(bad[i].at, bad[i].len - 1)));
        assert_false(utf8_feed(&utf8, span_skip(bad[i], bad[i].len - 1)));
    }
}

static void an_open_character_is_not_complete(void **state)
{
    (void)state;
    struct utf8 utf8 = {0};
    assert_true(utf8_is_complete(&utf8));
    assert_true(utf8_feed(&utf8, SPAN("a\xf0\x9f\x90")));
    assert_false(utf8_is_complete(&utf8));
    assert_true(utf8_feed(&utf8, SPAN("")));
    assert_false(utf8_is_complete(&utf8));
    assert_true(utf8_feed(&utf8, SPAN("\x8c")));
    assert_true(utf8_is_complete(&utf8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_but_the_surrogates_is_sound),
        cmocka_unit_test(all_sequences_of_three_bytes_are_judged_by_the_definition),
        cmocka_unit_test(text_of_any_length_is_sound_wherever_it_is_cut),
        cmocka_unit_test(one_bad_byte_anywhere_is_found),
        cmocka_unit_test(what_is_wrong_is_found_at_the_first_byte_that_makes_it_so),
        cmocka_unit_test(an_open_character_is_not_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
