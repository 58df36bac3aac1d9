/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ThreadSanitizer cannot see: libzmq handing memory from thread to thread.
 *
 * What one thread did before handed_over(thing) happened before what another
 * does after taken_over(thing). The two only tell the sanitizer what libzmq's
 * queues and pipes, which are not instrumented, make true; in every other
 * build they are nothing. At a thread's end there is more to hand over than it
 * knows of: handed_over_at_end().
 *
 * Thread: any.
 */
#ifndef COMMON_HANDOVER_H
#define COMMON_HANDOVER_H

#include <openssl/crypto.h>

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

/* As handed_over(), as the last thing a thread does. What OpenSSL keeps for the thread goes first; left
 * alone it goes when the thread is already forgotten, and main may have ended OpenSSL meanwhile. */
static inline void handed_over_at_end(const void *thing)
{
    OPENSSL_thread_stop();
    handed_over(thing);
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
