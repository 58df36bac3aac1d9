/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a publisher gets past ingest can be sent.
 */
#include <stdint.h>

#include "tests/support/sendable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct limits limits;
    limits_init(&limits);
    char *why = NULL;
    struct batch *batch = ingest_read(span((const char *)data, size), &limits, &why);
    check_batch(batch, why);
    return 0;
}
