/* SPDX-License-Identifier: Apache-2.0 */
#include "common/utf8.h"

#define HIGH_BITS 0x8080808080808080ULL

/* Returns: how many bytes at the front are ASCII, in whole words. */
static size_t ascii_words(struct span bytes)
{
    size_t len = 0;
    for (uint64_t word; len + sizeof(word) <= bytes.len; len += sizeof(word)) {
        memcpy(&word, bytes.at + len, sizeof(word));
        if (word & HIGH_BITS)
            break;
    }
    return len;
}

/* Returns: false where `byte` can't begin a character. */
static bool begin(struct utf8 *utf8, uint8_t byte)
{
    *utf8 = (struct utf8){0, 0x80, 0xbf};
    if (byte < 0x80)
        return true;
    if (byte < 0xc2 || byte > 0xf4) /* a later byte, or an overlong form; beyond U+10FFFF */
        return false;
    utf8->missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    switch (byte) {
    case 0xe0: /* overlong */
        utf8->least = 0xa0;
        break;
    case 0xed: /* surrogates */
        utf8->most = 0x9f;
        break;
    case 0xf0: /* overlong */
        utf8->least = 0x90;
        break;
    case 0xf4: /* beyond U+10FFFF */
        utf8->most = 0x8f;
        break;
    default:
        break;
    }
    return true;
}

static bool go_on(struct utf8 *utf8, uint8_t byte)
{
    if (byte < utf8->least || byte > utf8->most)
        return false;
    *utf8 = (struct utf8){utf8->missing - 1, 0x80, 0xbf};
    return true;
}

bool utf8_feed(struct utf8 *utf8, struct span bytes)
{
    while (bytes.len) {
        size_t skipped = utf8->missing ? 0 : ascii_words(bytes);
        bytes = span_skip(bytes, skipped);
        if (!bytes.len)
            break;
        uint8_t byte = (uint8_t)bytes.at[0];
        if (!(utf8->missing ? go_on(utf8, byte) : begin(utf8, byte)))
            return false;
        bytes = span_skip(bytes, 1);
    }
    return true;
}

bool utf8_is_sound(struct span bytes)
{
    struct utf8 utf8 = {0};
    return utf8_feed(&utf8, bytes) && utf8_is_whole(&utf8);
}
