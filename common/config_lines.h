/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On which line of a YAML file each value stands.
 *
 *     listen:            ("listen", NULL, 0)        line 1
 *       - 7999           ("listen", NULL, 1)        line 2
 *     limits:
 *       backlog_bytes:   ("limits", "backlog_bytes", 0)   line 4
 *
 * libcyaml loads the values, but says of a fault only near which field it
 * happened, often the one before; so libyaml goes through the file once for this.
 * It is also the one to find what is not YAML at all.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_LINES_H
#define COMMON_CONFIG_LINES_H

#include <stddef.h>

#include "common/base.h"
#include "common/span.h"

struct config_lines;

/* Returns: the lines, or NULL with `*why` set to "LINE: sentence"; caller frees it. */
MUST_USE struct config_lines *config_lines_read(struct span text, char **why);
void config_lines_free(struct config_lines *lines);

/* How many lines are known; 0 for a file of comments only. */
size_t config_lines_count(const struct config_lines *lines);

/* Returns: the line of a key, or of the `item`th (from 1) of its list; the last such line
 * where a key stands twice, 0 where none does. `inner` is NULL outside of mappings. */
unsigned config_lines_find(const struct config_lines *lines, const char *key, const char *inner,
                           unsigned item);

#endif
