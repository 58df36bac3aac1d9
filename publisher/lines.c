/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/lines.h"

#include <errno.h>
#include <unistd.h>

#include "common/mem.h"

enum { READ_BYTES = 65536 };

void lines_init(struct lines *lines, int fd)
{
    *lines = (struct lines){.fd = fd};
}

void lines_done(struct lines *lines)
{
    buf_done(&lines->buf);
}

/* Moves what is not used up to the front. */
static void shift(struct lines *lines)
{
    size_t left = lines->buf.len - lines->at;
    if (left)
        memmove(lines->buf.bytes, lines->buf.bytes + lines->at, left);
    lines->buf.len = left;
    lines->searched -= lines->at;
    lines->at = 0;
}

bool lines_fill(struct lines *lines, char **why)
{
    shift(lines);
    if (lines->buf.len > LINE_MOST_BYTES) {
        *why = mem_printf("a line is longer than %d bytes", LINE_MOST_BYTES);
        return false;
    }
    ssize_t len = read(lines->fd, buf_reserve(&lines->buf, READ_BYTES), READ_BYTES);
    if (len > 0)
        lines->buf.len += (size_t)len;
    else if (len == 0)
        lines->has_ended = true;
    else if (errno != EINTR && errno != EAGAIN) {
        *why = mem_printf("cannot read standard input: %s", strerrordesc_np(errno));
        return false;
    }
    return true;
}

bool lines_next(struct lines *lines, struct span *line)
{
    struct span rest = span_skip(buf_span(&lines->buf), lines->at);
    size_t known = lines->searched - lines->at;
    const char *end = rest.len > known ? memchr(rest.at + known, '\n', rest.len - known) : NULL;
    if (!end && !(lines->has_ended && rest.len)) {
        lines->searched = lines->buf.len;
        return false;
    }
    *line = span(rest.at, end ? (size_t)(end - rest.at) : rest.len);
    lines->at += line->len + (end ? 1 : 0);
    lines->searched = lines->at;
    return true;
}
