/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of options: options.def, and behind it limits.def.
 *
 *     key                     flag                       variable
 *     listen                  --listen 7999              HOLDFAST_LISTEN
 *     limits: backlog_bytes   --limit backlog_bytes=1MiB  HOLDFAST_LIMIT_BACKLOG_BYTES
 *
 * Thread: any; constant.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base.h"
#include "common/span.h"

enum option_kind {
    KIND_FLAG_ONLY,
    KIND_TEXT,
    KIND_SECRET, /* text that is never printed */
    KIND_PATH,
    KIND_CERTIFICATE, /* FILE or FILE,KEYFILE */
    KIND_ADDRESS,
    KIND_CIDR,
    KIND_ROUTE,
    KIND_PUBLISHER, /* a line in which secrets may stand */
    KIND_BOOL,
    KIND_LEVEL,
    KIND_NUMBER,
    KIND_BYTES, /* rows of limits.def */
    KIND_COUNT,
    KIND_MS,
};

/* In the order of --help and of the document. */
enum option_group {
    GROUP_VERBS = 1,
    GROUP_SOURCES,
    GROUP_ADDRESSES,
    GROUP_ROUTES,
    GROUP_ORIGINS,
    GROUP_PUBLISHING,
    GROUP_ZMQ,
    GROUP_RUNNING,
    GROUP_LIMITS,
};

struct option_row {
    const char *section; /* the mapping its key stands in: "limits", or NULL */
    const char *key;
    const char *flag;     /* without dashes; NULL in a section */
    const char *argument; /* as --help shows it */
    const char *fallback; /* as one would write it, "" for none or a computed one */
    const char *help;
    uint64_t least, most; /* of numbers */
    enum option_kind kind;
    enum option_group group;
    bool is_list;
};

enum option_id {
#define OPTION(key, ...) OPTION_##key,
#include "common/options.def"
    OPTION_LIMITS, /* the first line of limits.def; the others follow */
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

/* Returns: the row for a key of the file, or NULL. `section` is "limits" or NULL. */
const struct option_row *option_find(const char *section, struct span key);

/* Returns: "HOLDFAST_LISTEN"; caller frees. */
MUST_USE char *option_variable(const struct option_row *row);

/* Writes docs/configuration.md. */
void options_document(FILE *out);

#endif
