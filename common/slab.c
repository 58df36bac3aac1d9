/* SPDX-License-Identifier: Apache-2.0 */
#include "common/slab.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/mem.h"

#define PAGE_BYTES ((size_t)64 * 1024)

/* What a free slot, and the start of every page, holds. */
struct link {
    struct link *next;
};

void slab_init(struct slab *slab, size_t slot_size)
{
    size_t align = sizeof(struct link);
    *slab = (struct slab){.slot_size = (slot_size + align - 1) / align * align};
    CHECK(slab->slot_size <= PAGE_BYTES - align);
}

static void push(struct link **list, void *memory)
{
    struct link *link = memory;
    link->next = *list;
    *list = link;
}

static void *pop(struct link **list)
{
    struct link *link = *list;
    CHECK(link);
    *list = link->next;
    return link;
}

void slab_done(struct slab *slab)
{
    CHECK(slab->used == 0);
    while (slab->pages)
        free(pop(&slab->pages));
    slab->free_slots = NULL;
}

static void add_page(struct slab *slab)
{
    char *page = mem_grow(NULL, PAGE_BYTES, 1);
    push(&slab->pages, page);
    for (size_t at = sizeof(struct link); at + slab->slot_size <= PAGE_BYTES; at += slab->slot_size)
        push(&slab->free_slots, page + at);
}

void *slab_get(struct slab *slab)
{
    if (!slab->free_slots)
        add_page(slab);
    slab->used++;
    return memset(pop(&slab->free_slots), 0, slab->slot_size);
}

void slab_put(struct slab *slab, void *slot)
{
    if (!slot)
        return;
    CHECK(slab->used > 0);
    slab->used--;
    push(&slab->free_slots, slot);
}
