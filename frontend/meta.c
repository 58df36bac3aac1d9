/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/meta.h"

#include <stdint.h>
#include <stdlib.h>

#include "common/mem.h"

#define PREFIX SPAN("Meta-")

struct meta_entry {
    struct meta_entry *next;
    uint32_t name_len, value_len;
    char bytes[]; /* "Meta-", name, value */
};

static struct span name_of(const struct meta_entry *entry)
{
    return span(entry->bytes + PREFIX.len, entry->name_len);
}

/* Returns: where the entry of that name hangs, or where one would be appended. */
static struct meta_entry **find(struct meta *meta, struct span name)
{
    struct meta_entry **at = &meta->first;
    while (*at && !span_equal_nocase(name_of(*at), name))
        at = &(*at)->next;
    return at;
}

static size_t bytes_of(const struct meta *meta)
{
    size_t bytes = 0;
    for (const struct meta_entry *entry = meta->first; entry; entry = entry->next)
        bytes += entry->name_len + entry->value_len;
    return bytes;
}

static bool has_room(const struct meta *meta, const struct meta_entry *old, size_t bytes,
                     const struct limits *limits)
{
    size_t without = bytes_of(meta) - (old ? old->name_len + old->value_len : 0);
    return meta_count(meta) + !old <= limits->meta_per_hold &&
           without + bytes <= limits->meta_bytes;
}

bool meta_set(struct meta *meta, struct span name, struct span value, const struct limits *limits)
{
    struct meta_entry **at = find(meta, name);
    struct meta_entry *old = *at;
    if (value.len && !has_room(meta, old, name.len + value.len, limits))
        return false;
    struct meta_entry *next = old ? old->next : NULL;
    *at = next;
    free(old);
    if (!value.len)
        return true;
    struct meta_entry *entry = mem_new(sizeof(*entry) + PREFIX.len + name.len + value.len);
    entry->next = next;
    entry->name_len = (uint32_t)name.len;
    entry->value_len = (uint32_t)value.len;
    memcpy(entry->bytes, PREFIX.at, PREFIX.len);
    memcpy(entry->bytes + PREFIX.len, name.at, name.len);
    memcpy(entry->bytes + PREFIX.len + name.len, value.at, value.len);
    *at = entry;
    return true;
}

size_t meta_count(const struct meta *meta)
{
    size_t count = 0;
    for (const struct meta_entry *entry = meta->first; entry; entry = entry->next)
        count++;
    return count;
}

void meta_headers(const struct meta *meta, struct header *out)
{
    for (const struct meta_entry *entry = meta->first; entry; entry = entry->next, out++) {
        out->name = span(entry->bytes, PREFIX.len + entry->name_len);
        out->value = span(out->name.at + out->name.len, entry->value_len);
    }
}

void meta_done(struct meta *meta)
{
    while (meta->first) {
        struct meta_entry *entry = meta->first;
        meta->first = entry->next;
        free(entry);
    }
}
