/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items that not every server has taken yet, in their order.
 *
 *     first                      next
 *       │                          │
 *       4    5    6    7    8      9      numbers, from 1; they never come again
 *            ▲              ▲
 *            server A       server B      each is at a place of its own
 *
 * Bounded: whoever puts more in has to wait for the slowest server.
 *
 * Thread: its owner's.
 */
#ifndef PUBLISHER_OUTBOX_H
#define PUBLISHER_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

enum {
    OUTBOX_ITEMS_MOST = 16384,
    OUTBOX_BYTES_MOST = 16 << 20,
};

struct outbox_item {
    char *text; /* the item object; owned */
    size_t len;
    bool has_id; /* may be sent twice: the second one is dropped there */
};

struct outbox {
    struct outbox_item *ring; /* owned, OUTBOX_ITEMS_MOST of them */
    uint64_t first, next;     /* numbers */
    size_t bytes;
};

void outbox_init(struct outbox *outbox);
void outbox_done(struct outbox *outbox);

/* Whether the next item has to wait. An item of any size goes into an empty outbox. */
bool outbox_is_full(const struct outbox *outbox);

/* Puts an item in, which must not be full. Takes: `text`.
 * Returns: its number. */
uint64_t outbox_push(struct outbox *outbox, char **text, bool has_id);

/* Borrows: until the item is dropped. */
const struct outbox_item *outbox_at(const struct outbox *outbox, uint64_t number);

/* Forgets the items before `number`. */
void outbox_drop(struct outbox *outbox, uint64_t number);

#endif
