/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/image.h"

#include "common/buf.h"
#include "common/mem.h"

struct image {
    size_t len;
    char bytes[];
};

static void write_line(struct buf *out, struct span line, size_t body_len)
{
    struct span value = line;
    struct span name = span_cut(&value, ':');
    if (span_equal_nocase(name, SPAN("expect")))
        return;
    if (span_equal_nocase(name, SPAN("transfer-encoding"))) {
        buf_printf(out, "Content-Length: %zu\r\n", body_len);
        return;
    }
    buf_append(out, line);
    buf_append(out, SPAN("\n"));
}

struct image *image_new(struct span head, struct span body)
{
    struct buf all = {0};
    while (head.len)
        write_line(&all, span_cut(&head, '\n'), body.len);
    buf_append(&all, body);
    struct image *image = mem_grow(NULL, sizeof(*image) + all.len, 1);
    image->len = all.len;
    memcpy(image->bytes, buf_span(&all).at, all.len);
    buf_done(&all);
    return image;
}

struct span image_bytes(const struct image *image)
{
    return span(image->bytes, image->len);
}
