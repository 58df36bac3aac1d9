/* SPDX-License-Identifier: Apache-2.0 */
#include "common/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define FILE_BYTES ((size_t)1 << 20)

char *file_read(const char *path, size_t *len, char **why)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        *why = mem_printf("it cannot be opened: %s", strerrordesc_np(errno));
        return NULL;
    }
    char *bytes = mem_new(FILE_BYTES + 2); /* one to see that there is more, one for the NUL */
    *len = fread(bytes, 1, FILE_BYTES + 1, file);
    int error = ferror(file) ? errno : 0;
    (void)fclose(file);
    if (!error && *len <= FILE_BYTES)
        return bytes;
    free(bytes);
    *why = error ? mem_printf("it cannot be read: %s", strerrordesc_np(error))
                 : mem_printf("it is larger than 1 MiB");
    return NULL;
}

char *file_dir(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mem_printf(".");
    return mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
}
