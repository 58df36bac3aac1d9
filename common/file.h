/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small file, whole in memory, and where it stands.
 *
 * Thread: any; blocks on the disk, so before service begins.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stddef.h>

#include "common/base.h"

/* Returns: the bytes of a file of at most 1 MiB with a NUL behind them, or NULL with `*why` set
 * to a sentence that does not name the file; caller frees both. */
MUST_USE char *file_read(const char *path, size_t *len, char **why);

/* Returns: the directory that `path` stands in: "/etc" for "/etc/x", "." for "x"; caller frees. */
MUST_USE char *file_dir(const char *path);

#endif
