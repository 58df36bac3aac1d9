/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that grow at their end: what encoders write into.
 *
 * Thread: whoever owns it.
 * Life:   buf_init() or `= {0}`, then buf_done(); buf_clear() to reuse.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/base.h"
#include "common/span.h"

struct buf {
    char *bytes; /* owned */
    size_t len;
    size_t room;
};

void buf_done(struct buf *buf);

/* Forgets the content, keeps the memory. */
static inline void buf_clear(struct buf *buf)
{
    buf->len = 0;
}

/* Borrows: until the next call that grows `buf`. */
static inline struct span buf_span(const struct buf *buf)
{
    return span(buf->bytes ? buf->bytes : "", buf->len);
}

/* Makes room for `more` bytes behind the content.
 * Returns: where they go; buf->len is the caller's to move. */
char *buf_reserve(struct buf *buf, size_t more);

void buf_append(struct buf *buf, struct span bytes);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Returns: the content with a NUL behind it; caller frees. Leaves `buf` empty. */
MUST_USE char *buf_take(struct buf *buf);

#endif
