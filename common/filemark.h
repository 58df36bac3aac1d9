/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file looked like, to see later whether it is another one.
 *
 * Symbolic links are followed, so that one that points elsewhere now is a change: that is how certbot
 * and Kubernetes replace certificates.
 *
 * Thread: any; blocks on the disk.
 */
#ifndef COMMON_FILEMARK_H
#define COMMON_FILEMARK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "common/base.h"

struct filemark {
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec modified, changed; /* its content; also its owner, rights, name */
};

/* Returns: how the file looks now; all zero where there is none. */
MUST_USE struct filemark filemark_take(const char *path);

bool filemark_equal(const struct filemark *one, const struct filemark *other);

#endif
