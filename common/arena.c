/* SPDX-License-Identifier: Apache-2.0 */
#include "common/arena.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

#define ALIGN _Alignof(max_align_t)
#define FIRST_BLOCK ((size_t)1024)
#define LARGEST_BLOCK ((size_t)64 * 1024)

/* A new block with room for `size` bytes; a piece larger than a block gets one of its own size. */
static void add_block(struct arena *arena, size_t size)
{
    size_t usual = arena->block_size ? arena->block_size * 2 : FIRST_BLOCK;
    arena->block_size = usual < LARGEST_BLOCK ? usual : LARGEST_BLOCK;
    size_t room = size > arena->block_size ? size : arena->block_size;
    char *block = mem_new(ALIGN + room);
    memcpy(block, &arena->blocks, sizeof(void *));
    arena->blocks = block;
    arena->free_at = block + ALIGN;
    arena->free_len = room;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    CHECK(size <= PTRDIFF_MAX - ALIGN);
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (size > arena->free_len)
        add_block(arena, size);
    void *piece = arena->free_at;
    arena->free_at += size;
    arena->free_len -= size;
    return piece;
}

struct span arena_copy(struct arena *arena, struct span bytes)
{
    char *copy = arena_alloc(arena, bytes.len + 1);
    if (bytes.len)
        memcpy(copy, bytes.at, bytes.len);
    return span(copy, bytes.len);
}

/* The room is always the power of two at or above `count`, so it need not be kept. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t size)
{
    if (count & (count - 1))
        return array;
    CHECK(count < PTRDIFF_MAX / 2 / size);
    void *moved = arena_alloc(arena, (count ? count * 2 : 1) * size);
    if (count)
        memcpy(moved, array, count * size);
    return moved;
}

void arena_done(struct arena *arena)
{
    while (arena->blocks) {
        void *block = arena->blocks;
        memcpy(&arena->blocks, block, sizeof(void *));
        free(block);
    }
    *arena = (struct arena){0};
}
