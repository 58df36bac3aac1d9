/* SPDX-License-Identifier: Apache-2.0 */
#include "common/limits.h"

#include "common/base.h"

const struct limit_row limit_rows[] = {
#define LIMIT(name, fallback, least, most, unit, beyond)                                           \
    {#name, fallback, least, most, LIMIT_##unit, beyond, offsetof(struct limits, name)},
#include "common/limits.def"
};

const size_t limit_row_count = ARRAY_LEN(limit_rows);

void limits_init(struct limits *limits)
{
    *limits = (struct limits){
#define LIMIT(name, fallback, least, most, unit, beyond) .name = (fallback),
#include "common/limits.def"
    };
}
