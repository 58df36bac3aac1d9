/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML file: whatever stands there is taken or refused with one sentence.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/check.h"
#include "common/config_file.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("config", MFD_CLOEXEC);
    CHECK(write(fd, data, size) == (ssize_t)size);
    char *path = mem_printf("/proc/self/fd/%d", fd);
    struct settings *settings = settings_new();
    char *why = config_file_read(path, settings);

    CHECK(!why || *why);
    free(why);
    settings_free(settings);
    free(path);
    close(fd);
    return 0;
}
