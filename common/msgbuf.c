/* SPDX-License-Identifier: Apache-2.0 */
#include "common/msgbuf.h"

#include <stdlib.h>

#include "common/mem.h"

struct copy {
    struct msgbuf buf;
    size_t len;
    char bytes[];
};

static void copy_free(struct msgbuf *buf)
{
    free(container_of(buf, struct copy, buf));
}

struct msgbuf *msgbuf_copy(struct span bytes)
{
    struct copy *copy = mem_grow(NULL, sizeof(*copy) + bytes.len, 1);
    copy->buf = (struct msgbuf){.refs = 1, .charge = bytes.len, .free = copy_free};
    copy->len = bytes.len;
    if (bytes.len)
        memcpy(copy->bytes, bytes.at, bytes.len);
    return &copy->buf;
}

struct span msgbuf_bytes(const struct msgbuf *buf)
{
    CHECK(buf->free == copy_free);
    const struct copy *copy = (const void *)((const char *)buf - offsetof(struct copy, buf));
    return span(copy->bytes, copy->len);
}
