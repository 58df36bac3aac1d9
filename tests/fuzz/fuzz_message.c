/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ZeroMQ message gets past us can be sent, too. The first byte tells
 * whether the channel is part of the item or a frame before it, up to a NUL.
 */
#include <stdint.h>

#include "publisher/message.h"
#include "tests/support/sendable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct limits limits;
    limits_init(&limits);
    struct span rest = span((const char *)data, size), channel = {NULL, 0};
    if (span_starts(rest, SPAN("S"))) {
        rest = span_skip(rest, 1);
        channel = span_cut(&rest, '\0');
    }
    char *why = NULL;
    struct batch *batch = message_read(rest, channel, &limits, &why);
    check_batch(batch, why);
    return 0;
}
