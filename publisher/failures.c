/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/failures.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/list.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/wire.h"

#define ADDRESS_BYTES 16

struct failures {
    const struct limits *limits;
    struct table table;
    struct list oldest; /* struct entry */
};

struct entry {
    struct table_node node;
    struct list by_age;
    uint64_t since_ms;
    uint64_t count;
    size_t len;
    char address[ADDRESS_BYTES];
};

struct failures *failures_new(const struct limits *limits)
{
    struct failures *failures = mem_new(sizeof(*failures));
    failures->limits = limits;
    table_init(&failures->table);
    list_init(&failures->oldest);
    return failures;
}

static void forget(struct failures *failures, struct entry *entry)
{
    table_remove(&failures->table, &entry->node);
    list_unlink(&entry->by_age);
    free(entry);
}

static struct entry *oldest(const struct failures *failures)
{
    return list_is_empty(&failures->oldest)
               ? NULL
               : container_of(failures->oldest.next, struct entry, by_age);
}

void failures_free(struct failures *failures)
{
    if (!failures)
        return;
    for (struct entry *entry; (entry = oldest(failures));)
        forget(failures, entry);
    table_done(&failures->table);
    free(failures);
}

static struct span cut(struct span address)
{
    return span(address.at, address.len < ADDRESS_BYTES ? address.len : ADDRESS_BYTES);
}

static bool is_of(const struct table_node *node, const void *key)
{
    const struct entry *entry = (const void *)node;
    const struct span *address = key;
    return span_equal(span(entry->address, entry->len), *address);
}

/* Returns: the entry, NULL where there is none any more. */
static struct entry *find(struct failures *failures, struct span address, uint64_t now_ms)
{
    for (struct entry *entry; (entry = oldest(failures));) {
        if (now_ms - entry->since_ms < failures->limits->auth_failure_ms)
            break;
        forget(failures, entry);
    }
    uint64_t hash = wire_channel_hash(address);
    struct table_node *node = table_find(&failures->table, hash, is_of, &address);
    return node ? container_of(node, struct entry, node) : NULL;
}

void failures_note(struct failures *failures, struct span address, uint64_t now_ms)
{
    address = cut(address);
    struct entry *entry = find(failures, address, now_ms);
    if (!entry) {
        while (failures->table.count >= failures->limits->auth_addresses)
            forget(failures, oldest(failures));
        entry = mem_new(sizeof(*entry));
        entry->since_ms = now_ms;
        entry->len = address.len;
        if (address.len)
            memcpy(entry->address, address.at, address.len);
        table_add(&failures->table, &entry->node, wire_channel_hash(address));
        list_append(&failures->oldest, &entry->by_age);
    }
    entry->count++;
}

uint64_t failures_wait_ms(struct failures *failures, struct span address, uint64_t now_ms)
{
    const struct entry *entry = find(failures, cut(address), now_ms);
    if (!entry || entry->count < failures->limits->auth_failures)
        return 0;
    return entry->since_ms + failures->limits->auth_failure_ms - now_ms;
}
