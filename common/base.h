/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few words every file may use.
 *
 * Thread: any.
 */
#ifndef COMMON_BASE_H
#define COMMON_BASE_H

#include <stddef.h>

/* The caller has to look at what came back. */
#define MUST_USE __attribute__((warn_unused_result))

/* The argument numbered `fmt` is a printf format for those from `args` on. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#define NO_RETURN __attribute__((noreturn))

/* From a pointer to an embedded part to the struct around it. */
#define container_of(part, type, member) ((type *)(void *)((char *)(part)-offsetof(type, member)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* For those who may not write to `bytes` and call somebody whose prototype forgot to say so. */
static inline void *unconst(const void *bytes)
{
    union {
        const void *in;
        void *out;
    } same = {bytes};
    return same.out;
}

#endif
