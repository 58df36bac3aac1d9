/* SPDX-License-Identifier: Apache-2.0 */
/*
 * However the bytes are split, the same is read from them.
 *
 *     byte 0   its first bit: who speaks
 *     byte 1   where the parts end
 *     rest     frames
 */
#include <stdint.h>

#include "tests/support/wstold.h"

#define MOST 1000
#define PART_MOST 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns: what is told of the frames in parts of up to `part_most` bytes; caller frees. */
static char *read_in_parts(struct span frames, enum ws_speaker speaker, uint32_t draw,
                           size_t part_most)
{
    struct wsreader reader = {0};
    struct wstold told = {0};
    while (frames.len) {
        draw = draw * 1664525 + 1013904223; /* Numerical Recipes */
        size_t len = 1 + (draw >> 16) % part_most;
        len = len < frames.len ? len : frames.len;
        wstold_read(&told, &reader, speaker, MOST, span(frames.at, len));
        frames = span_skip(frames, len);
    }
    wsreader_done(&reader);
    return wstold_take(&told);
}

static char *read_whole(struct span frames, enum ws_speaker speaker)
{
    struct wsreader reader = {0};
    struct wstold told = {0};
    wstold_read(&told, &reader, speaker, MOST, frames);
    wsreader_done(&reader);
    return wstold_take(&told);
}

static void check_parts(struct span frames, enum ws_speaker speaker, uint32_t draw,
                        size_t part_most, const char *whole)
{
    char *parts = read_in_parts(frames, speaker, draw, part_most);
    CHECK(strcmp(whole, parts) == 0);
    free(parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    enum ws_speaker speaker = data[0] & 1 ? WS_SERVER : WS_CLIENT;
    struct span frames = span((const char *)data + 2, size - 2);
    char *whole = read_whole(frames, speaker);
    check_parts(frames, speaker, 0, 1, whole);
    check_parts(frames, speaker, data[1], PART_MOST, whole);
    free(whole);
    return 0;
}
