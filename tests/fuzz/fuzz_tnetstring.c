/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever is read as a tnetstring is the same value when it is written and
 * read once more.
 */
#include <stdint.h>

#include "common/check.h"
#include "common/tnetstring.h"

#define NESTED_MOST 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why = NULL;
    json_t *value = tnetstring_read(span((const char *)data, size), NESTED_MOST, &why);
    CHECK(!value == !!why);
    if (!value)
        return 0;
    struct buf written = {0};
    tnetstring_write(&written, value);
    json_t *again = tnetstring_read(buf_span(&written), NESTED_MOST, &why);
    CHECK(again && json_equal(value, again));
    json_decref(again);
    json_decref(value);
    buf_done(&written);
    return 0;
}
