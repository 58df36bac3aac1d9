/* SPDX-License-Identifier: Apache-2.0 */
#include "common/escape.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Returns: the byte that two hexadecimal digits mean, -1 where they are not that. */
static int hex_byte(const char *digits)
{
    int high = hex_value(digits[0]);
    int low = hex_value(digits[1]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Takes one escape, without its backslash, off `rest`.
 * Returns: the byte it stands for, -1 for a truncated or unknown one. */
static int unescape(struct span *rest)
{
    if (!rest->len)
        return -1;
    char kind = rest->at[0];
    *rest = span_skip(*rest, 1);
    switch (kind) {
    case '\\':
        return '\\';
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'x': {
        int byte = rest->len < 2 ? -1 : hex_byte(rest->at);
        *rest = span_skip(*rest, byte < 0 ? 0 : 2);
        return byte;
    }
    default:
        return -1;
    }
}

bool cstring_decode(struct buf *out, struct span text)
{
    char *start = buf_reserve(out, text.len); /* an escape is longer than what it means */
    char *end = start;
    while (text.len) {
        int byte = (unsigned char)text.at[0];
        text = span_skip(text, 1);
        if (byte == '\\')
            byte = unescape(&text);
        if (byte < 0)
            return false;
        *end++ = (char)byte;
    }
    out->len += (size_t)(end - start);
    return true;
}

bool hex_decode(struct buf *out, struct span text)
{
    if (text.len % 2)
        return false;
    char *bytes = buf_reserve(out, text.len / 2);
    for (size_t i = 0; i < text.len / 2; i++) {
        int byte = hex_byte(text.at + 2 * i);
        if (byte < 0)
            return false;
        bytes[i] = (char)byte;
    }
    out->len += text.len / 2;
    return true;
}

/* Returns: the six bits a character of either alphabet stands for, -1 for any other. */
static int six_bits(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    if (digit == '+' || digit == '-')
        return 62;
    return digit == '/' || digit == '_' ? 63 : -1;
}

/* Without the padding, which has to make whole groups of four where there is any. */
static struct span without_padding(struct span text)
{
    if (text.len % 4 == 0 && text.len && text.at[text.len - 1] == '=')
        text.len -= text.at[text.len - 2] == '=' ? 2 : 1;
    return text;
}

bool base64_decode(struct buf *out, struct span text)
{
    text = without_padding(text);
    if (text.len % 4 == 1)
        return false;
    char *start = buf_reserve(out, text.len / 4 * 3 + 2);
    char *end = start;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        int six = six_bits(text.at[i]);
        if (six < 0)
            return false;
        bits = bits << 6 | (uint32_t)six;
        if (i % 4) /* after 2, 3, 4 characters another byte is whole */
            *end++ = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
    }
    out->len += (size_t)(end - start);
    return true;
}

/* Appends base64 without padding in the characters of `digits`. */
static void encode(struct buf *out, struct span bytes, const char *digits)
{
    char *end = buf_reserve(out, bytes.len / 3 * 4 + 4);
    for (size_t at = 0; at < bytes.len; at += 3) {
        size_t left = bytes.len - at < 3 ? bytes.len - at : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < left ? (unsigned char)bytes.at[at + i] : 0);
        for (size_t i = 0; i <= left; i++)
            *end++ = digits[bits >> (18 - 6 * i) & 63];
    }
    out->len = (size_t)(end - out->bytes);
}

void base64_encode(struct buf *out, struct span bytes)
{
    encode(out, bytes, alphabet);
    buf_append(out, span("==", (3 - bytes.len % 3) % 3));
}

void base64url_encode(struct buf *out, struct span bytes)
{
    encode(out, bytes, url_alphabet);
}
