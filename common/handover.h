/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ThreadSanitizer cannot see: libzmq handing memory from thread to thread.
 *
 * What one thread did before handed_over(thing) happened before what another
 * does after taken_over(thing). The two only tell the sanitizer what libzmq's
 * queues and pipes, which are not instrumented, make true; in every other
 * build they are nothing.
 *
 * Thread: any.
 */
#ifndef COMMON_HANDOVER_H
#define COMMON_HANDOVER_H

#include "common/base.h"

#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#endif

static inline void handed_over(const void *thing)
{
#ifdef __SANITIZE_THREAD__
    __tsan_release(unconst(thing));
#else
    (void)thing;
#endif
}

static inline void taken_over(const void *thing)
{
#ifdef __SANITIZE_THREAD__
    __tsan_acquire(unconst(thing));
#else
    (void)thing;
#endif
}

#endif
