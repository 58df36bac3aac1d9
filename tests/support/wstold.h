/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader of WebSocket frames told, as one line:
 *
 *     text(hello) ping(x) binary(\x00) close(1000 bye)
 *     text(hello) binary(\x00       the end is missing
 *     text(hello) fault(1002)       what was unfinished then is dropped
 *
 * In what pieces a message came is not to be seen in it.
 */
#ifndef TESTS_SUPPORT_WSTOLD_H
#define TESTS_SUPPORT_WSTOLD_H

#include <stdlib.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/mem.h"
#include "frontend/wsreader.h"

struct wstold {
    struct buf line;
    bool is_open; /* a message */
    bool is_text;
    struct buf message; /* so far */
    enum wsread end;    /* WSREAD_CLOSE, WSREAD_FAULT, or WSREAD_MORE while it goes on */
    unsigned code;
    struct buf reason;
};

static inline void wstold_bytes(struct wstold *told, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.at[i];
        if (byte >= ' ' && byte < 0x7f)
            buf_append(&told->line, span(bytes.at + i, 1));
        else
            buf_printf(&told->line, "\\x%02x", byte);
    }
}

static inline void wstold_name(struct wstold *told, const char *name)
{
    buf_printf(&told->line, "%s%s(", told->line.len ? " " : "", name);
}

static inline void wstold_item(struct wstold *told, const char *name, struct span bytes)
{
    wstold_name(told, name);
    wstold_bytes(told, bytes);
    buf_append(&told->line, SPAN(")"));
}

static inline void wstold_data(struct wstold *told, const struct wsread_item *item)
{
    CHECK(item->is_first != told->is_open);
    CHECK(item->is_first || item->is_text == told->is_text);
    if (item->is_first)
        buf_clear(&told->message);
    told->is_text = item->is_text;
    told->is_open = !item->is_last;
    buf_append(&told->message, item->bytes);
    if (item->is_last)
        wstold_item(told, item->is_text ? "text" : "binary", buf_span(&told->message));
}

/* A close or a fault. */
static inline void wstold_end(struct wstold *told, enum wsread end, unsigned code,
                              struct span reason)
{
    CHECK(told->end == WSREAD_MORE);
    told->end = end;
    told->code = code;
    told->is_open = false;
    buf_append(&told->reason, reason);
}

/* Reads a part of what came and tells what it holds. */
static inline void wstold_read(struct wstold *told, struct wsreader *reader,
                               enum ws_speaker speaker, uint64_t most, struct span part)
{
    char *copy = mem_new(part.len + !part.len); /* so that a step beyond the part is seen */
    memcpy(copy, part.at ? part.at : "", part.len);
    char *bytes = copy;
    size_t len = part.len;
    enum wsread got;
    struct wsread_item item;
    while ((got = wsreader_next(reader, &item, speaker, most, &bytes, &len)) != WSREAD_MORE) {
        if (got == WSREAD_DATA)
            wstold_data(told, &item);
        else if (got == WSREAD_PING || got == WSREAD_PONG)
            wstold_item(told, got == WSREAD_PING ? "ping" : "pong", item.bytes);
        else
            wstold_end(told, got, item.code, got == WSREAD_CLOSE ? item.bytes : SPAN(""));
    }
    CHECK(len == 0 && bytes == copy + part.len);
    free(copy);
}

static inline void wstold_done(struct wstold *told)
{
    buf_done(&told->line);
    buf_done(&told->message);
    buf_done(&told->reason);
    *told = (struct wstold){0};
}

/* Returns: the line; caller frees. Leaves `told` empty. */
static inline char *wstold_take(struct wstold *told)
{
    if (told->is_open) {
        wstold_name(told, told->is_text ? "text" : "binary");
        wstold_bytes(told, buf_span(&told->message));
    }
    if (told->end != WSREAD_MORE) {
        wstold_name(told, told->end == WSREAD_CLOSE ? "close" : "fault");
        buf_printf(&told->line, told->reason.len ? "%u " : "%u", told->code);
        wstold_bytes(told, buf_span(&told->reason));
        buf_append(&told->line, SPAN(")"));
    }
    char *line = buf_take(&told->line);
    wstold_done(told);
    return line;
}

#endif
