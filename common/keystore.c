/* SPDX-License-Identifier: Apache-2.0 */
#include "common/keystore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

#define KEY_FILE "sig_key.pem"

static bool write_all(int file, struct span bytes)
{
    while (bytes.len) {
        ssize_t written = write(file, bytes.at, bytes.len);
        if (written < 0 && errno != EINTR)
            return false;
        bytes = span_skip(bytes, written < 0 ? 0 : (size_t)written);
    }
    return fsync(file) == 0;
}

/* Writes under another name and renames, so that nobody ever reads half a key.
 * Returns: false with errno set. */
static bool store(struct span pem, const char *dir, const char *path)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return false;
    char *temporary = mem_printf("%s.XXXXXX", path);
    int file = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    bool stored = file >= 0 && write_all(file, pem) && rename(temporary, path) == 0;
    int fault = errno;
    if (file >= 0) {
        (void)close(file);
        if (!stored)
            (void)unlink(temporary);
    }
    free(temporary);
    errno = fault;
    return stored;
}

static struct key *load(const char *dir, const char *path, char **why)
{
    struct key *key = key_read("file:" KEY_FILE, dir, why);
    if (!key || strcmp(key_algorithm(key), "ES256") == 0)
        return key;
    key_free(key);
    *why = mem_printf("'%s' holds no EC P-256 key; remove it to have one made", path);
    return NULL;
}

struct key *key_keep(const char *state_dir, char **why)
{
    struct stat info;
    char *path = mem_printf("%s/" KEY_FILE, state_dir);
    struct key *key;
    *why = NULL;
    if (stat(path, &info) == 0) {
        key = load(state_dir, path, why);
    } else {
        key = key_make();
        if (!store(buf_span(&key->signs), state_dir, path))
            *why = mem_printf("cannot write '%s': %s; the key for Grip-Sig will be another one "
                              "after a restart",
                              path, strerrordesc_np(errno));
    }
    free(path);
    return key;
}
