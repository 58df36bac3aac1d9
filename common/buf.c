/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"

#include <stdarg.h>
#include <stdlib.h>

#include "common/mem.h"

void buf_done(struct buf *buf)
{
    free(buf->bytes);
    *buf = (struct buf){0};
}

char *buf_reserve(struct buf *buf, size_t more)
{
    if (buf->len + more > buf->room) {
        size_t room = buf->room ? buf->room * 2 : 256;
        while (room < buf->len + more)
            room *= 2;
        buf->bytes = mem_grow(buf->bytes, room, 1);
        buf->room = room;
    }
    return buf->bytes + buf->len;
}

void buf_append(struct buf *buf, struct span bytes)
{
    if (!bytes.len)
        return;
    memcpy(buf_reserve(buf, bytes.len), bytes.at, bytes.len);
    buf->len += bytes.len;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    buf_append(buf, span_of(text));
    free(text);
}

char *buf_take(struct buf *buf)
{
    *buf_reserve(buf, 1) = '\0';
    char *text = buf->bytes;
    *buf = (struct buf){0};
    return text;
}
