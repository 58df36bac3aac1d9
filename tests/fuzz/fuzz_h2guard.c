/* SPDX-License-Identifier: Apache-2.0 */
/*
 * However the bytes are split, the same is found in them; what is remembered of bodies adds up.
 *
 *     byte 0   where the parts end
 *     rest     frames, behind the preface
 */
#include <stdint.h>
#include <string.h>

#include "common/check.h"
#include "frontend/h2guard.h"
#include "tests/support/h2sent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sum(const struct h2guard *guard)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < guard->body_count; i++)
        sum += guard->bodies[i].bytes;
    CHECK(sum == guard->body_bytes);
}

static const char *read_parts(struct span bytes, uint32_t draw, size_t part_most)
{
    struct limits limits;
    limits_init(&limits);
    limits.http2_requests = limits.http2_resets = limits.http2_control_frames = 100;
    struct h2guard guard;
    h2guard_init(&guard, &limits);
    struct buf preface = {0};
    h2sent_preface(&preface);
    const char *fault = h2guard_read(&guard, buf_span(&preface), 0, 1);
    buf_done(&preface);
    while (bytes.len && !fault) {
        draw = draw * 1664525 + 1013904223; /* Numerical Recipes */
        size_t len = 1 + (draw >> 16) % part_most;
        len = len < bytes.len ? len : bytes.len;
        fault = h2guard_read(&guard, span(bytes.at, len), 0, 1);
        check_sum(&guard);
        bytes = span_skip(bytes, len);
    }
    while (h2guard_stuck(&guard, UINT64_MAX))
        check_sum(&guard);
    CHECK(guard.body_count == 0);
    h2guard_done(&guard);
    return fault;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct span bytes = span((const char *)data + 1, size - 1);
    const char *whole = read_parts(bytes, 0, SIZE_MAX);
    CHECK(whole == read_parts(bytes, 0, 1));
    CHECK(whole == read_parts(bytes, data[0], 40));
    return 0;
}
