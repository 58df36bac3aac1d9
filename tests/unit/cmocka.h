/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmocka with the headers it wants before it, in their order.
 */
#ifndef TESTS_UNIT_CMOCKA_H
#define TESTS_UNIT_CMOCKA_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#endif
