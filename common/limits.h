/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits in force: one field per line of limits.def.
 *
 * Thread: written once at start, read by all.
 */
#ifndef COMMON_LIMITS_H
#define COMMON_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct limits {
#define LIMIT(name, fallback, least, most, unit, beyond) uint64_t name;
#include "common/limits.def"
};

enum limit_unit { LIMIT_BYTES, LIMIT_COUNT, LIMIT_MS };

/* A line of limits.def, for those who walk over all of them. */
struct limit_row {
    const char *name;
    uint64_t fallback, least, most;
    enum limit_unit unit;
    const char *beyond; /* what an outsider sees past the limit */
    size_t offset;      /* of its uint64_t within struct limits */
};

extern const struct limit_row limit_rows[];
extern const size_t limit_row_count;

/* Sets each limit to its default. */
void limits_init(struct limits *limits);

#endif
