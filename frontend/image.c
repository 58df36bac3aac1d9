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
    struct buf lines = {0};
    while (head.len)
        write_line(&lines, span_cut(&head, '\n'), body.len);
    struct image *image = mem_grow(NULL, sizeof(*image) + lines.len + body.len, 1);
    image->len = lines.len + body.len;
    if (lines.len)
        memcpy(image->bytes, lines.bytes, lines.len);
    memcpy(image->bytes + lines.len, body.at, body.len);
    buf_done(&lines);
    return image;
}

struct span image_bytes(const struct image *image)
{
    return span(image->bytes, image->len);
}
