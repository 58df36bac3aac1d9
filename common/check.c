/* SPDX-License-Identifier: Apache-2.0 */
#include "common/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *promise, const char *file, int line)
{
    (void)fprintf(stderr, "holdfast: broken promise at %s:%d: %s\n", file, line, promise);
    abort();
}
