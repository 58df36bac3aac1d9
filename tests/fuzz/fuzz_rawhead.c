/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A head that passes holds nothing that two parsers may read differently, and
 * the length it tells is where its empty line ends.
 */
#include <stdint.h>

#include "common/check.h"
#include "common/rawhead.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span((const char *)data, size);
    struct limits limits;
    limits_init(&limits);
    struct rawhead head;
    const char *why = NULL;
    enum reason reason = rawhead_check(&head, input, &limits, &why);
    CHECK((reason == REASON_NONE) == (why == NULL));
    if (reason != REASON_NONE)
        return 0;
    CHECK(head.head_len >= 4 && head.head_len <= size);
    CHECK(memcmp(input.at + head.head_len - 4, "\r\n\r\n", 4) == 0);
    CHECK(!(head.is_chunked && head.body_len));
    CHECK(!memchr(input.at, '\0', head.head_len));
    return 0;
}
