/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is asked for piece by piece and given back at once: what a
 * parser decodes while it reads one message.
 *
 *     arena ─► block 4 KiB ─► block 2 KiB ─► block 1 KiB
 *              [used | free]
 *
 * Thread: whoever owns it.
 * Life:   `= {0}`, then arena_done(), after which it may be used again. The
 *         pieces never move and live as long as the arena.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include "common/base.h"
#include "common/span.h"

struct arena {
    void *blocks;  /* owned: the newest one first, each begins with a pointer to the next */
    char *free_at; /* in the newest block */
    size_t free_len;
    size_t block_size; /* of the newest block */
};

/* Returns: `size` bytes, all zero, aligned for any type. */
MUST_USE void *arena_alloc(struct arena *arena, size_t size);

/* Returns: the same bytes, in the arena and with a NUL behind them. */
MUST_USE struct span arena_copy(struct arena *arena, struct span bytes);

/* Makes room for one more behind the `count` elements of `size` bytes in `array`, which was
 * NULL or came from here.
 *     list = arena_grow(arena, list, count, sizeof(*list));
 *     list[count++] = fresh;
 * Returns: the array, perhaps moved. */
MUST_USE void *arena_grow(struct arena *arena, void *array, size_t count, size_t size);

void arena_done(struct arena *arena);

#endif
