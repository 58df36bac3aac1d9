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
 * An `id` is an index of option_rows: an enum option_id, or OPTION_LIMITS and more.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_READING_H
#define COMMON_CONFIG_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/config.h"
#include "common/settings.h"

struct reading {
    struct config *config; /* what is being made */
    const char *here;      /* the working directory */
    struct buf faults;     /* sentences, one a line */
};

/* Adds the sentence that value `index` of an option is wrong. Takes `why`. */
void reading_fault(struct reading *reading, size_t id, size_t index, char *why);

/* Returns: what was said of an option. */
const struct setting *reading_setting(const struct reading *reading, size_t id);

/* Returns: the text of an option, "" where nobody set it. Borrows: from the settings. */
const char *reading_text(struct reading *reading, size_t id);

/* These want an option that has a value, as those with a default do. */
uint64_t reading_number(struct reading *reading, size_t id, enum limit_unit unit);
bool reading_bool(struct reading *reading, size_t id);
enum log_level reading_level(struct reading *reading, size_t id);

/* Returns: `path` made absolute: in the file it is relative to the file's directory, elsewhere to
 * the working directory; caller frees. */
MUST_USE char *reading_path(const struct reading *reading, enum source source, const char *path);

/* The directory that relative paths of `source` start from. Borrows: from `reading`. */
const char *reading_dir(const struct reading *reading, enum source source);

#endif
