/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRIP header values from an origin; no part is longer than the value it came from.
 */
#include <stdint.h>

#include "common/check.h"
#include "common/gripvalue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct gripvalue *value, size_t size)
{
    CHECK(value->first.len <= size);
    for (size_t i = 0; i < value->param_count; i++) {
        CHECK(value->params[i].name.len > 0);
        CHECK(value->params[i].name.len + value->params[i].value.len < size + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct gripvalue value;
    struct span all = span((const char *)data, size);
    for (struct span rest = all; gripvalue_next(&value, &arena, &rest);)
        read_all(&value, size);
    for (struct span rest = all; gripvalue_next_params(&value, &arena, &rest);)
        read_all(&value, size);
    if (gripvalue_read(&value, &arena, all))
        read_all(&value, size);
    arena_done(&arena);
    return 0;
}
