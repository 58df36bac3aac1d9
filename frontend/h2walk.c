/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2walk.h"

void h2walk_init(struct h2walk *walk)
{
    *walk = (struct h2walk){.left = H2_PREFACE_BYTES};
}

static struct h2frame frame_of(const uint8_t head[H2_HEAD_BYTES])
{
    return (struct h2frame){
        .len = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2],
        .type = head[3],
        .flags = head[4],
        .stream =
            ((uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8]) &
            0x7fffffff, /* the first bit says nothing */
    };
}

enum h2walk_event h2walk_next(struct h2walk *walk, struct span *bytes, struct span *piece)
{
    if (walk->left && bytes->len) {
        uint32_t len = bytes->len < walk->left ? (uint32_t)bytes->len : walk->left;
        *piece = span(bytes->at, len);
        *bytes = span_skip(*bytes, len);
        walk->left -= len;
        return H2WALK_PIECE;
    }
    for (; bytes->len && walk->head_len < H2_HEAD_BYTES; *bytes = span_skip(*bytes, 1))
        walk->head[walk->head_len++] = (uint8_t)bytes->at[0];
    if (walk->head_len < H2_HEAD_BYTES)
        return H2WALK_NOTHING;
    walk->head_len = 0;
    walk->frame = frame_of(walk->head);
    walk->left = walk->frame.len;
    return H2WALK_HEAD;
}

bool h2walk_is_between(const struct h2walk *walk)
{
    return walk->left == 0 && walk->head_len == 0;
}
