/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wsevents.h"

#include "common/check.h"
#include "common/escape.h"
#include "common/wsframe.h"

#define CRLF SPAN("\r\n")

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
    CHECK(kind < WSEVENT_UNKNOWN);
    buf_append(out, names[kind]);
    if (content.len || kind == WSEVENT_TEXT || kind == WSEVENT_BINARY) {
        buf_printf(out, " %zx\r\n", content.len);
        buf_append(out, content);
    }
    buf_append(out, CRLF);
}

static enum wsevent_kind kind_of(struct span name)
{
    enum wsevent_kind kind = WSEVENT_OPEN;
    while (kind < WSEVENT_UNKNOWN && !span_equal(names[kind], name))
        kind++;
    return kind;
}

/* Reads a length, `most` where it is more; leading zeros are fine, as the starter kit pads to two
 * digits. Returns: NULL, or what is wrong. */
static const char *read_length(struct span digits, size_t most, size_t *len)
{
    *len = 0;
    if (!digits.len)
        return "the length of an event is missing";
    for (size_t i = 0; i < digits.len; i++) {
        int value = hex_value(digits.at[i]);
        if (value < 0)
            return "the length of an event is not hexadecimal";
        if (*len <= most) /* beyond, it is too much whatever follows */
            *len = *len * 16 + (size_t)value;
    }
    *len = *len < most ? *len : most;
    return NULL;
}

/* Cuts the event line, without its end, off `*rest`. */
static bool cut_line(struct span *line, struct span *rest)
{
    const char *end = memmem(rest->at, rest->len, CRLF.at, CRLF.len);
    if (!end)
        return false;
    *line = span(rest->at, (size_t)(end - rest->at));
    *rest = span_skip(*rest, line->len + CRLF.len);
    return true;
}

/* Cuts content of the length that `digits` say and the two bytes behind it. GRIP forgives what
 * HTTP's own framing makes sure of: those two are not looked at, and content may end with the body.
 * Returns: NULL, or what is wrong. */
static const char *cut_content(struct span *content, struct span *rest, struct span digits)
{
    size_t len;
    const char *why = read_length(digits, rest->len, &len);
    if (why)
        return why;
    *content = span(rest->at, len);
    *rest = span_skip(*rest, len);
    *rest = span_skip(*rest, rest->len < CRLF.len ? rest->len : CRLF.len);
    return NULL;
}

/* Returns: NULL, or why an event of this kind cannot have this much content. */
static const char *check_content(const struct wsevent *event)
{
    size_t len = event->content.len;
    switch (event->kind) {
    case WSEVENT_OPEN:
    case WSEVENT_DISCONNECT:
        return len == 0 ? NULL : "OPEN and DISCONNECT have no content";
    case WSEVENT_PING:
    case WSEVENT_PONG:
        return len <= WS_CONTROL_MOST ? NULL : "PING and PONG carry at most 125 bytes";
    case WSEVENT_CLOSE:
        return len != 1 ? NULL : "the code of CLOSE is two bytes";
    case WSEVENT_TEXT:
    case WSEVENT_BINARY:
    case WSEVENT_UNKNOWN:
        break;
    }
    return NULL;
}

bool wsevent_next(struct wsevent *event, struct span *rest, const char **why)
{
    struct span ahead = *rest;
    struct span line;
    *why = NULL;
    if (!ahead.len)
        return false;
    if (!cut_line(&line, &ahead)) {
        *why = "the line of an event does not end in CR LF";
        return false;
    }
    bool has_content = memchr(line.at, ' ', line.len) != NULL;
    event->kind = kind_of(span_cut(&line, ' '));
    event->content = SPAN("");
    if (has_content)
        *why = cut_content(&event->content, &ahead, line);
    if (!*why)
        *why = check_content(event);
    if (*why)
        return false;
    *rest = ahead;
    return true;
}
