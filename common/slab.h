/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for very many things of one size, owned by one thread.
 *
 * Pages of 64 KiB are cut into slots; a freed slot goes on a list and is the
 * next one handed out. Small long-lived things (holds, subscriptions) then sit
 * side by side and do not pin the large pages of request processing.
 *
 * Thread: one per owner; touched by no other.
 * Life:   slab_init(), then slab_done() when every slot is back.
 */
#ifndef COMMON_SLAB_H
#define COMMON_SLAB_H

#include "common/base.h"

struct link;

struct slab {
    size_t slot_size; /* bytes, rounded up to a pointer's alignment */
    struct link *free_slots;
    struct link *pages;
    size_t used; /* slots handed out */
};

void slab_init(struct slab *slab, size_t slot_size);
void slab_done(struct slab *slab);

/* Returns: a slot, all zero; give it back with slab_put(). */
MUST_USE void *slab_get(struct slab *slab);

/* Takes back a slot of this slab; NULL is accepted. */
void slab_put(struct slab *slab, void *slot);

#endif
