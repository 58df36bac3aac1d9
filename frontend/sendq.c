/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/sendq.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

#define BLOCK_BYTES 16384 /* the largest TLS record */

struct sendblock {
    struct sendblock *next;
    size_t from, to; /* what waits: bytes[from..to) */
    char bytes[BLOCK_BYTES];
};

static void add_block(struct sendq *queue)
{
    struct sendblock *block = mem_grow(NULL, 1, sizeof(*block)); /* not zeroed: it is large */
    block->next = NULL;
    block->from = block->to = 0;
    if (queue->last)
        queue->last->next = block;
    else
        queue->first = block;
    queue->last = block;
}

char *sendq_reserve(struct sendq *queue, size_t *room)
{
    if (!queue->last || queue->last->to == BLOCK_BYTES)
        add_block(queue);
    *room = BLOCK_BYTES - queue->last->to;
    return queue->last->bytes + queue->last->to;
}

void sendq_extend(struct sendq *queue, size_t len)
{
    CHECK(queue->last && len <= BLOCK_BYTES - queue->last->to);
    queue->last->to += len;
    queue->bytes += len;
}

void sendq_append(struct sendq *queue, struct span bytes)
{
    while (bytes.len) {
        size_t room;
        char *to = sendq_reserve(queue, &room);
        size_t len = bytes.len < room ? bytes.len : room;
        memcpy(to, bytes.at, len);
        sendq_extend(queue, len);
        bytes = span_skip(bytes, len);
    }
}

struct span sendq_front(const struct sendq *queue)
{
    const struct sendblock *first = queue->first;
    return first ? span(first->bytes + first->from, first->to - first->from) : span("", 0);
}

static void drop_first(struct sendq *queue)
{
    struct sendblock *first = queue->first;
    queue->first = first->next;
    if (!queue->first)
        queue->last = NULL;
    queue->bytes -= first->to - first->from;
    free(first);
}

void sendq_consume(struct sendq *queue, size_t len)
{
    struct sendblock *first = queue->first;
    CHECK(first && len <= first->to - first->from);
    first->from += len;
    queue->bytes -= len;
    if (first->from == first->to)
        drop_first(queue);
}

void sendq_clear(struct sendq *queue)
{
    while (queue->first)
        drop_first(queue);
}
