/* SPDX-License-Identifier: Apache-2.0 */
#include "common/filemark.h"

struct filemark filemark_take(const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0)
        return (struct filemark){0};
    return (struct filemark){file.st_dev, file.st_ino, file.st_size, file.st_mtim, file.st_ctim};
}

static bool is_same_time(struct timespec one, struct timespec other)
{
    return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

bool filemark_equal(const struct filemark *one, const struct filemark *other)
{
    return one->device == other->device && one->inode == other->inode &&
           one->bytes == other->bytes && is_same_time(one->modified, other->modified) &&
           is_same_time(one->changed, other->changed);
}
