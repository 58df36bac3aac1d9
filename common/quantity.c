/* SPDX-License-Identifier: Apache-2.0 */
#include "common/quantity.h"

#include <inttypes.h>

#include "common/mem.h"

struct unit {
    const char *name;
    uint64_t factor;
    enum limit_unit kind;
};

/* Per kind from the largest down. */
static const struct unit units[] = {
    {"GiB", 1U << 30, LIMIT_BYTES},
    {"MiB", 1U << 20, LIMIT_BYTES},
    {"KiB", 1U << 10, LIMIT_BYTES},
    {"h", 3600000, LIMIT_MS},
    {"min", 60000, LIMIT_MS},
    {"s", 1000, LIMIT_MS},
    {"ms", 1, LIMIT_MS},
};

static bool read_digits(struct span *text, uint64_t *value)
{
    size_t len = 0;

    *value = 0;
    for (; len < text->len && text->at[len] >= '0' && text->at[len] <= '9'; len++) {
        if (*value > INT64_MAX / 10 - 1)
            return false;
        *value = *value * 10 + (uint64_t)(text->at[len] - '0');
    }
    *text = span_skip(*text, len);
    return len > 0;
}

bool quantity_read(struct span text, enum limit_unit unit, uint64_t *value)
{
    if (!read_digits(&text, value))
        return false;
    text = span_trim(text);
    if (text.len == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (units[i].kind != unit || !span_equal_nocase(text, span_of(units[i].name)))
            continue;
        if (*value > INT64_MAX / units[i].factor)
            return false;
        *value *= units[i].factor;
        return true;
    }
    return false;
}

char *quantity_text(uint64_t value, enum limit_unit unit)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (units[i].kind == unit && value > 0 && value % units[i].factor == 0)
            return mem_printf("%" PRIu64 "%s", value / units[i].factor, units[i].name);
    }
    return mem_printf("%" PRIu64, value);
}

const char *quantity_expected(enum limit_unit unit)
{
    static const char *const expected[] = {
        [LIMIT_BYTES] = "a number of bytes such as 65536, 64KiB or 16MiB",
        [LIMIT_COUNT] = "a whole number",
        [LIMIT_MS] = "a time such as 250ms, 5s, 2min or plain milliseconds",
    };
    return expected[unit];
}
