/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte of a character says how many follow, and four of the first
 * bytes narrow what the second may be:
 *
 *     c2..df   1 more            80..bf
 *     e0       2 more            a0..bf    less would be overlong
 *     e1..ef   2 more            80..bf
 *       ed                       80..9f    more would be a surrogate
 *     f0       3 more            90..bf    less would be overlong
 *     f1..f3   3 more            80..bf
 *     f4       3 more            80..8f    more would be beyond U+10FFFF
 */
#include "common/utf8.h"

/* The top bit of each of eight bytes: set in whatever is not ASCII. */
#define NOT_ASCII UINT64_C(0x8080808080808080)

#define TAIL_LEAST 0x80
#define TAIL_MOST 0xbf

static bool begin_character(struct utf8 *utf8, unsigned char first)
{
    if (first < 0x80)
        return true;
    if (first < 0xc2 || first > 0xf4)
        return false;
    utf8->missing = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    utf8->least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : TAIL_LEAST;
    utf8->most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : TAIL_MOST;
    return true;
}

static bool go_on(struct utf8 *utf8, unsigned char byte)
{
    if (byte < utf8->least || byte > utf8->most)
        return false;
    utf8->missing--;
    utf8->least = TAIL_LEAST;
    utf8->most = TAIL_MOST;
    return true;
}

/* Returns: how many bytes at the start are certainly ASCII, a multiple of eight. */
static size_t ascii_run(struct span bytes)
{
    size_t run = 0;
    uint64_t eight;
    for (; run + sizeof(eight) <= bytes.len; run += sizeof(eight)) {
        memcpy(&eight, bytes.at + run, sizeof(eight));
        if (eight & NOT_ASCII)
            break;
    }
    return run;
}

bool utf8_feed(struct utf8 *utf8, struct span bytes)
{
    size_t at = 0;
    while (at < bytes.len) {
        unsigned char byte = (unsigned char)bytes.at[at];
        if (utf8->missing ? !go_on(utf8, byte) : !begin_character(utf8, byte))
            return false;
        at++;
        if (byte < 0x80)
            at += ascii_run(span_skip(bytes, at));
    }
    return true;
}

bool utf8_is_complete(const struct utf8 *utf8)
{
    return utf8->missing == 0;
}

bool utf8_is_sound(struct span bytes)
{
    struct utf8 utf8 = {0};
    return utf8_feed(&utf8, bytes) && utf8_is_complete(&utf8);
}
