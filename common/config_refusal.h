/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why libcyaml refused a file, said again in our words and with the line.
 *
 *     Load: Unexpected key: frob          said
 *       in mapping field 'limits' (...)   fields, innermost first
 *
 * libcyaml tells it only through its log.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_REFUSAL_H
#define COMMON_CONFIG_REFUSAL_H

#include <stdarg.h>
#include <stddef.h>

#include <cyaml/cyaml.h>

#include "common/base.h"
#include "common/config_lines.h"

#define REFUSAL_TEXT 256

struct refusal {
    char said[REFUSAL_TEXT];
    char fields[2][REFUSAL_TEXT]; /* innermost first */
    size_t depth;
    unsigned item; /* of the innermost, 0 outside of lists */
};

/* For cyaml_config_t: `context` is a struct refusal, all zero before. */
void refusal_note(cyaml_log_t level, void *context, const char *format, va_list args)
    PRINTF_LIKE(3, 0);

/* Returns: "FILE:LINE: sentence"; caller frees. */
MUST_USE char *refusal_sentence(const struct refusal *refusal, cyaml_err_t error, const char *path,
                                const struct config_lines *lines);

#endif
