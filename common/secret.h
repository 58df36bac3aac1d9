/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token of a publisher, as an operator tells it: itself, or the name of a file.
 *
 *     s3cret                  the token
 *     file:publish-token      the first line of that file
 *
 * Thread: main's; reads files before service begins.
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include "common/base.h"

/* Reads the token that `text` tells; a relative "file:" starts from `dir`.
 * Returns: the token without blanks around it, or NULL with `*why` set to a sentence that does not
 *          hold it; caller frees both. */
MUST_USE char *secret_read(const char *text, const char *dir, char **why);

#endif
