/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was said to what is meant: one setting at a time, as a number, a text,
 * a yes or no; what makes no sense becomes a sentence with its place.
 *
 *     holdfast.yaml:3: workers: "four" is not a whole number from 1 to 256
 *     HOLDFAST_WORKERS: "0" is not a whole number from 1 to 256
 *
 * Sentences are collected, so that an operator sees all of them at once.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_READING_H
#define COMMON_CONFIG_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/settings.h"

struct reading {
    struct config *config; /* what is being made */
    const struct settings *settings;
    const char *dir;   /* of the configuration file */
    struct buf faults; /* sentences, one a line */
};

/* Adds the sentence that what stands at `value` is wrong. */
void reading_fault(struct reading *reading, const struct option_row *row, const struct value *value,
                   const char *why);

/* As reading_fault(). Takes `why`. */
void reading_fault_text(struct reading *reading, const struct option_row *row,
                        const struct value *value, char *why);

/* `id` is an index of option_rows; except for a setting and a text it must have a value. */
const struct setting *reading_setting(const struct reading *reading, size_t id);
const char *reading_text(struct reading *reading, size_t id); /* "" where nobody set it */
uint64_t setting_number(struct reading *reading, size_t id, enum limit_unit unit);
bool reading_bool(struct reading *reading, size_t id);
enum log_level reading_level(struct reading *reading, size_t id);

/* Returns: `path`, which in the file is relative to the file's directory; caller frees. */
MUST_USE char *reading_path(const struct reading *reading, enum source source, const char *path);

#endif
