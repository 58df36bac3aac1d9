/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that is taken is taken once more from its image: as sound, with
 * the same body, and the image of that is itself.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/rawhead.h"
#include "frontend/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns: whether `input` begins with a sound head. */
static bool read_head(struct rawhead *head, struct span input)
{
    struct limits limits;
    limits_init(&limits);
    const char *why;
    return rawhead_check(head, input, &limits, &why) == REASON_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span((const char *)data, size);
    struct rawhead head, again;
    if (!read_head(&head, input))
        return 0;
    /* A body with a length is as long as it says; in chunks it may be anything. */
    struct span body = span_skip(input, head.head_len);
    if (!head.is_chunked && body.len < head.body_len)
        return 0;
    body.len = head.is_chunked ? body.len : head.body_len;
    struct image *image = image_new(span(input.at, head.head_len), body);
    struct span bytes = image_bytes(image);
    bool is_sound = read_head(&again, bytes);
    CHECK(is_sound && !again.is_chunked && again.body_len == body.len);
    CHECK(bytes.len == again.head_len + body.len);
    CHECK(span_equal(span_skip(bytes, again.head_len), body));
    struct image *twice =
        image_new(span(bytes.at, again.head_len), span_skip(bytes, again.head_len));
    CHECK(span_equal(image_bytes(twice), bytes));
    free(twice);
    free(image);
    return 0;
}
