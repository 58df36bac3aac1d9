/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What opens as a frame is whole: its item can be sealed, to a frame of the same
 * length, and that one opens and seals to itself. (The bytes of framing, which
 * only a router writes, are not read again by whoever opens a frame.)
 */
#include <stdint.h>

#include "common/check.h"
#include "common/wire.h"

#define HEADER_ROOM 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span frame = span((const char *)data, size);
    struct header headers[HEADER_ROOM];
    struct item item;
    uint64_t hash;
    if (!wire_open(&item, &hash, frame, headers, HEADER_ROOM))
        return 0;
    struct buf again = {0}, once_more = {0};
    wire_seal(&again, &item);
    CHECK(again.len == size);
    bool is_whole = wire_open(&item, &hash, buf_span(&again), headers, HEADER_ROOM);
    CHECK(is_whole);
    wire_seal(&once_more, &item);
    CHECK(span_equal(buf_span(&again), buf_span(&once_more)));
    buf_done(&again);
    buf_done(&once_more);
    return 0;
}
