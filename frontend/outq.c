/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/outq.h"

void outq_push(struct outq *out, struct slab *slots, struct msgbuf *buf, struct span bytes)
{
    if (!bytes.len)
        return;
    CHECK(bytes.len <= UINT32_MAX);
    struct outslot *slot = slab_get(slots);
    *slot = (struct outslot){NULL, msgbuf_ref(buf), bytes.at, (uint32_t)bytes.len};
    if (out->tail)
        out->tail->next = slot;
    else
        out->head = slot;
    out->tail = slot;
    out->charge += buf ? buf->charge : 0;
    out->items++;
}

size_t outq_gather(const struct outq *out, struct iovec *vec, size_t room)
{
    size_t count = 0;
    for (const struct outslot *slot = out->head; slot && count < room; slot = slot->next)
        vec[count++] = (struct iovec){unconst(slot->at), slot->len};
    return count;
}

static void drop_head(struct outq *out, struct slab *slots)
{
    struct outslot *slot = out->head;
    out->head = slot->next;
    if (!out->head)
        out->tail = NULL;
    out->charge -= slot->buf ? slot->buf->charge : 0;
    out->items--;
    msgbuf_unref(slot->buf);
    slab_put(slots, slot);
}

void outq_consume(struct outq *out, struct slab *slots, size_t bytes)
{
    while (bytes) {
        CHECK(out->head);
        if (bytes < out->head->len) {
            out->head->at += bytes;
            out->head->len -= (uint32_t)bytes;
            return;
        }
        bytes -= out->head->len;
        drop_head(out, slots);
    }
}

void outq_clear(struct outq *out, struct slab *slots)
{
    while (out->head)
        drop_head(out, slots);
}
