/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sources said: word for word, until somebody has made sense of it.
 *
 *     listen    FLAG     "8000"      --listen
 *                        "8001"      --listen
 *     workers   FILE     "4"         holdfast.yaml:3
 *     sig_iss   DEFAULT  "holdfast"  default
 *
 * A source of higher rank replaces what a lower one said, a lower one is not
 * heard; so sources may speak in any order. Within one source a list grows and
 * of single values the last one counts.
 *
 * Thread: main's.
 */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include <stddef.h>

#include "common/base.h"
#include "common/options.h"
#include "common/span.h"

enum source { SOURCE_NONE, SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };

struct value {
    char *text;  /* owned */
    char *where; /* owned: "holdfast.yaml:3", "HOLDFAST_LISTEN", "--listen", "default" */
};

struct setting {
    enum source source;
    struct value *values; /* owned */
    size_t count;
};

struct settings;

MUST_USE struct settings *settings_new(void);
void settings_free(struct settings *settings);

/* Notes that `source` gives `text` to an option, at the place `where`. */
void settings_put(struct settings *settings, const struct option_row *row, enum source source,
                  struct span text, const char *where);

/* Puts `text` in the place of value `index`: what it means, as opposed to what was written. */
void settings_restate(struct settings *settings, const struct option_row *row, size_t index,
                      const char *text);

/* Returns: what is known of an option; `count` is 0 where nobody spoke. */
const struct setting *settings_get(const struct settings *settings, const struct option_row *row);

#endif
