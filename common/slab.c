/* SPDX-License-Identifier: Apache-2.0 */
#include "common/slab.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/mem.h"

#define PAGE_BYTES ((size_t)64 * 1024)

void slab_init(struct slab *slab, size_t slot_size)
{
    size_t align = sizeof(void *);
    *slab = (struct slab){.slot_size = (slot_size + align - 1) / align * align};
    CHECK(slab->slot_size <= PAGE_BYTES - align);
}

void slab_done(struct slab *slab)
{
    CHECK(slab->used == 0);
    while (slab->pages) {
        void *page = slab->pages;
        memcpy(&slab->pages, page, sizeof(void *));
        free(page);
    }
    slab->free_slots = NULL;
}

static void add_page(struct slab *slab)
{
    char *page = mem_grow(NULL, PAGE_BYTES, 1);
    memcpy(page, &slab->pages, sizeof(void *));
    slab->pages = page;
    for (size_t at = sizeof(void *); at + slab->slot_size <= PAGE_BYTES; at += slab->slot_size) {
        memcpy(page + at, &slab->free_slots, sizeof(void *));
        slab->free_slots = page + at;
    }
}

void *slab_get(struct slab *slab)
{
    if (!slab->free_slots)
        add_page(slab);
    void *slot = slab->free_slots;
    memcpy(&slab->free_slots, slot, sizeof(void *));
    memset(slot, 0, slab->slot_size);
    slab->used++;
    return slot;
}

void slab_put(struct slab *slab, void *slot)
{
    if (!slot)
        return;
    CHECK(slab->used > 0);
    memcpy(slot, &slab->free_slots, sizeof(void *));
    slab->free_slots = slot;
    slab->used--;
}
