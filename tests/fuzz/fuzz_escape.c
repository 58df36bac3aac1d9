/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cstring, base64 and hexadecimal from anywhere; what is encoded decodes to itself.
 */
#include <stdint.h>

#include "common/check.h"
#include "common/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span((const char *)data, size);
    struct buf out = {0};
    CHECK(cstring_decode(&out, text) || out.len == 0);
    CHECK(out.len <= size);
    buf_clear(&out);
    CHECK(base64_decode(&out, text) || out.len == 0);
    buf_clear(&out);
    CHECK(hex_decode(&out, text) || out.len == 0);
    buf_clear(&out);

    struct buf back = {0};
    base64url_encode(&out, text);
    CHECK(base64_decode(&back, buf_span(&out)));
    CHECK(span_equal(buf_span(&back), text));
    buf_done(&back);
    buf_done(&out);
    return 0;
}
