/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promises about our own code, kept in every build.
 *
 * CHECK states what must hold if holdfast is correct: never something about
 * input, never with a side effect. A broken promise ends the process with a
 * line that says where; a half-right broker would deliver to the wrong client.
 *
 * Thread: any.
 */
#ifndef COMMON_CHECK_H
#define COMMON_CHECK_H

#include "common/base.h"

#define CHECK(promise)                                                                             \
    (__builtin_expect(!!(promise), 1) ? (void)0 : check_failed(#promise, __FILE__, __LINE__))

/* Prints the broken promise with its place and aborts. */
NO_RETURN void check_failed(const char *promise, const char *file, int line);

#endif
