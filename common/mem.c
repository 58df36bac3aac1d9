/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static NO_RETURN void out_of_memory(void)
{
    (void)fputs("holdfast: out of memory\n", stderr);
    abort();
}

void *mem_new(size_t size)
{
    void *fresh = calloc(1, size ? size : 1);
    if (!fresh)
        out_of_memory();
    return fresh;
}

void *mem_grow(void *old, size_t count, size_t size)
{
    void *moved = reallocarray(old, count ? count : 1, size);
    if (!moved)
        out_of_memory();
    return moved;
}

char *mem_copy(const char *bytes, size_t len)
{
    char *copy = mem_grow(NULL, len + 1, 1);
    if (len)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

char *mem_vprintf(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        out_of_memory();
    return text;
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    return text;
}
