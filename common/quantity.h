/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers with a unit as people write them: "16MiB", "250ms", "5 s", "100".
 *
 *     bytes   KiB MiB GiB      milliseconds   ms s min h      counts   none
 *
 * A plain number is bytes, milliseconds, or a count.
 *
 * Thread: any.
 */
#ifndef COMMON_QUANTITY_H
#define COMMON_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/span.h"

/* Returns: false where `text` is no number, has another kind's unit, or passes 2^63. */
MUST_USE bool quantity_read(struct span text, enum limit_unit unit, uint64_t *value);

/* Returns: `value` in the largest unit that divides it; caller frees. */
MUST_USE char *quantity_text(uint64_t value, enum limit_unit unit);

/* "a number of bytes such as 65536, 64KiB or 16MiB", for sentences about what was expected. */
const char *quantity_expected(enum limit_unit unit);

#endif
