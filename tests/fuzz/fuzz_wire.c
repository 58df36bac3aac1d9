/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What opens as a frame is the one frame of its item: sealed again it gives
 * the same bytes, but for the hash, which is this process's.
 */
#include <stdint.h>

#include "common/check.h"
#include "common/wire.h"

#define HASH_AT 8
#define HASH_END 16
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
    struct buf again = {0};
    wire_seal(&again, &item);
    CHECK(again.len == size);
    CHECK(memcmp(again.bytes, frame.at, HASH_AT) == 0);
    CHECK(memcmp(again.bytes + HASH_END, frame.at + HASH_END, size - HASH_END) == 0);
    buf_done(&again);
    return 0;
}
