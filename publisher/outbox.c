/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/outbox.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

static struct outbox_item *slot(const struct outbox *outbox, uint64_t number)
{
    return &outbox->ring[number % OUTBOX_ITEMS_MOST];
}

void outbox_init(struct outbox *outbox)
{
    *outbox = (struct outbox){.first = 1, .next = 1};
    outbox->ring = mem_new(OUTBOX_ITEMS_MOST * sizeof(struct outbox_item));
}

void outbox_done(struct outbox *outbox)
{
    outbox_drop(outbox, outbox->next);
    free(outbox->ring);
    outbox->ring = NULL;
}

bool outbox_is_full(const struct outbox *outbox)
{
    return outbox->next - outbox->first >= OUTBOX_ITEMS_MOST || outbox->bytes >= OUTBOX_BYTES_MOST;
}

uint64_t outbox_push(struct outbox *outbox, char **text, bool has_id)
{
    CHECK(!outbox_is_full(outbox));
    struct outbox_item *item = slot(outbox, outbox->next);
    *item = (struct outbox_item){*text, strlen(*text), has_id};
    *text = NULL;
    outbox->bytes += item->len;
    return outbox->next++;
}

const struct outbox_item *outbox_at(const struct outbox *outbox, uint64_t number)
{
    CHECK(number >= outbox->first && number < outbox->next);
    return slot(outbox, number);
}

void outbox_drop(struct outbox *outbox, uint64_t number)
{
    CHECK(number <= outbox->next);
    for (; outbox->first < number; outbox->first++) {
        struct outbox_item *item = slot(outbox, outbox->first);
        outbox->bytes -= item->len;
        free(item->text);
        item->text = NULL;
    }
}
