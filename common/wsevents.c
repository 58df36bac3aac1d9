/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wsevents.h"

#include <stdint.h>

static const struct span names[] = {
    [WSEVENT_OPEN] = SPAN_INIT("OPEN"),
    [WSEVENT_TEXT] = SPAN_INIT("TEXT"),
    [WSEVENT_BINARY] = SPAN_INIT("BINARY"),
    [WSEVENT_PING] = SPAN_INIT("PING"),
    [WSEVENT_PONG] = SPAN_INIT("PONG"),
    [WSEVENT_CLOSE] = SPAN_INIT("CLOSE"),
    [WSEVENT_DISCONNECT] = SPAN_INIT("DISCONNECT"),
};

void wsevent_write(struct buf *out, enum wsevent_kind kind, struct span content)
{
    bool has_length = content.len || kind == WSEVENT_TEXT || kind == WSEVENT_BINARY;
    buf_append(out, names[kind]);
    if (has_length)
        buf_printf(out, " %zx", content.len);
    buf_append(out, SPAN("\r\n"));
    if (!has_length)
        return;
    buf_append(out, content);
    buf_append(out, SPAN("\r\n"));
}

static enum wsevent_kind kind_of(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (span_equal(names[i], name))
            return (enum wsevent_kind)i;
    return WSEVENT_UNKNOWN;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Returns: false where `text` is no number in hex. A number too large for what comes is as good
 * as any other that is. */
static bool read_hex(size_t *number, struct span text)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_digit(text.at[i]);
        if (digit < 0)
            return false;
        *number = *number > SIZE_MAX / 32 ? SIZE_MAX / 2 : *number * 16 + (size_t)digit;
    }
    return text.len > 0;
}

/* Cuts the line at the front of `*rest`. Returns: false where it has no end. */
static bool cut_line(struct span *line, struct span *rest)
{
    const char *end = memmem(rest->at, rest->len, "\r\n", 2);
    if (!end)
        return false;
    *line = span(rest->at, (size_t)(end - rest->at));
    *rest = span_skip(*rest, line->len + 2);
    return true;
}

/* The content and the end of its line, of which the last may lack one. */
static const char *cut_content(struct wsevent *event, struct span length, struct span *rest)
{
    size_t len;
    if (!read_hex(&len, length))
        return "the length of an event is no hexadecimal number";
    if (len > rest->len) /* what is missing at the very end is forgiven */
        len = rest->len;
    event->content = span(rest->at, len);
    *rest = span_skip(*rest, len);
    *rest = span_skip(*rest, rest->len < 2 ? rest->len : 2);
    return NULL;
}

bool wsevent_next(struct wsevent *event, struct span *rest, const char **why)
{
    struct span line;
    *why = NULL;
    if (!rest->len)
        return false;
    if (!cut_line(&line, rest)) {
        *why = "the line of an event has no end";
        return false;
    }
    struct span length = line;
    struct span name = span_cut(&length, ' ');
    *event = (struct wsevent){.kind = kind_of(name), .content = {"", 0}};
    if (name.len < line.len)
        *why = cut_content(event, length, rest);
    return !*why;
}
