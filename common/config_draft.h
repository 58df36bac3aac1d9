/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration in the making: from what was said to what is meant, one setting at
 * a time, as a number, a text, a yes or no; what makes no sense becomes a sentence with
 * its place.
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
#ifndef COMMON_CONFIG_DRAFT_H
#define COMMON_CONFIG_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/config.h"
#include "common/settings.h"

struct draft {
    struct config *config; /* what is being made */
    const char *here;      /* the working directory */
    struct buf faults;     /* sentences, one a line */
};

/* Adds the sentence that value `index` of an option is wrong. Takes `why`. */
void draft_fault(struct draft *draft, size_t id, size_t index, char *why);

/* Returns: what was said of an option. */
const struct setting *draft_setting(const struct draft *draft, size_t id);

/* Returns: the text of an option, "" where nobody set it. Borrows: from the settings. */
const char *draft_text(struct draft *draft, size_t id);

/* These want an option that has a value, as those with a default do. */
uint64_t draft_number(struct draft *draft, size_t id, enum limit_unit unit);
bool draft_bool(struct draft *draft, size_t id);
enum log_level draft_level(struct draft *draft, size_t id);

/* Returns: `path` made absolute: in the file it is relative to the file's directory, elsewhere to
 * the working directory; caller frees. */
MUST_USE char *draft_path(const struct draft *draft, enum source source, const char *path);

/* The directory that relative paths of `source` start from. Borrows: from `draft`. */
const char *draft_dir(const struct draft *draft, enum source source);

#endif
