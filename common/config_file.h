/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML file: read by libcyaml, along a schema made from the option table.
 *
 * Each value is loaded as the text that stands there ("16MiB"), so that file,
 * variables and flags are understood by the same code. What libcyaml refuses
 * (an unknown key, a list where one value belongs, a key twice) is said again in
 * our words by config_refusal.h, with the line from config_lines.h.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_FILE_H
#define COMMON_CONFIG_FILE_H

#include "common/base.h"
#include "common/settings.h"

/* Notes in `settings` what the file says.
 * Returns: NULL, or "FILE:LINE: sentence"; caller frees. */
MUST_USE char *config_file_read(const char *path, struct settings *settings);

/* As config_file_read(), where `text` is what stands in the file. */
MUST_USE char *config_file_parse(struct span text, const char *path, struct settings *settings);

#endif
