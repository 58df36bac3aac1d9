/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that returns memory or ends the process (docs/decisions/0003).
 *
 * No caller has a path for "no memory": limits make sure that an outsider
 * meets a polite refusal long before. What is returned here is given back
 * with free().
 *
 * Thread: any.
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stdarg.h>

#include "common/base.h"

/* Returns: `size` bytes, all zero; caller frees. */
MUST_USE void *mem_new(size_t size);

/* Returns: `old` moved to hold `count` elements of `size` bytes (or the process ends). */
MUST_USE void *mem_grow(void *old, size_t count, size_t size);

/* Returns: a copy of `len` bytes with a NUL behind them; caller frees. */
MUST_USE char *mem_copy(const char *bytes, size_t len);

/* Returns: text made by a printf format; caller frees. */
MUST_USE char *mem_printf(const char *format, ...) PRINTF_LIKE(1, 2);
MUST_USE char *mem_vprintf(const char *format, va_list args) PRINTF_LIKE(1, 0);

#endif
