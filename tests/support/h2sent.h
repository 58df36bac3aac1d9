/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 frames as a client sends them.
 *
 * Thread: any.
 */
#ifndef TESTS_SUPPORT_H2SENT_H
#define TESTS_SUPPORT_H2SENT_H

#include "common/buf.h"
#include "frontend/h2walk.h"

static inline void h2sent_preface(struct buf *out)
{
    buf_append(out, SPAN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
}

/* Only the nine bytes: `len` are to follow. */
static inline void h2sent_head(struct buf *out, enum h2_type type, unsigned flags, uint32_t stream,
                               uint32_t len)
{
    const char head[H2_HEAD_BYTES] = {
        (char)(len >> 16),    (char)(len >> 8),     (char)len,           (char)type,  (char)flags,
        (char)(stream >> 24), (char)(stream >> 16), (char)(stream >> 8), (char)stream};
    buf_append(out, span(head, sizeof(head)));
}

static inline void h2sent_frame(struct buf *out, enum h2_type type, unsigned flags, uint32_t stream,
                                uint32_t len)
{
    h2sent_head(out, type, flags, stream, len);
    for (uint32_t i = 0; i < len; i++)
        buf_append(out, SPAN("x"));
}

#endif
