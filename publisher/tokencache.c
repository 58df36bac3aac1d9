/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/tokencache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/list.h"
#include "common/mem.h"
#include "common/table.h"

struct tokencache {
    struct table table;
    struct list by_use; /* struct entry, the one used longest ago first */
    uint64_t most;
};

struct entry {
    struct table_node node;
    struct list by_use;
    struct digest token;
    const struct permit *permit;
    int64_t exp_s;
};

struct tokencache *tokencache_new(uint64_t most)
{
    struct tokencache *cache = mem_new(sizeof(*cache));
    cache->most = most;
    table_init(&cache->table);
    list_init(&cache->by_use);
    return cache;
}

static void forget(struct tokencache *cache, struct entry *entry)
{
    table_remove(&cache->table, &entry->node);
    list_unlink(&entry->by_use);
    free(entry);
}

static void forget_first(struct tokencache *cache)
{
    forget(cache, container_of(cache->by_use.next, struct entry, by_use));
}

void tokencache_free(struct tokencache *cache)
{
    if (!cache)
        return;
    while (!list_is_empty(&cache->by_use))
        forget_first(cache);
    table_done(&cache->table);
    free(cache);
}

/* Nobody can choose it: only tokens that were verified are added. */
static uint64_t hash_of(const struct digest *token)
{
    uint64_t hash;
    memcpy(&hash, token->bytes, sizeof(hash));
    return hash;
}

static bool is_of(const struct table_node *node, const void *key)
{
    const struct entry *entry = (const void *)node;
    return memcmp(&entry->token, key, sizeof(entry->token)) == 0;
}

static struct entry *find(struct tokencache *cache, const struct digest *token)
{
    struct table_node *node = table_find(&cache->table, hash_of(token), is_of, token);
    return node ? container_of(node, struct entry, node) : NULL;
}

void tokencache_put(struct tokencache *cache, const struct digest *token,
                    const struct permit *permit, int64_t exp_s)
{
    if (cache->most == 0 || find(cache, token))
        return;
    while (cache->table.count >= cache->most)
        forget_first(cache);
    struct entry *entry = mem_new(sizeof(*entry));
    entry->token = *token;
    entry->permit = permit;
    entry->exp_s = exp_s;
    table_add(&cache->table, &entry->node, hash_of(token));
    list_append(&cache->by_use, &entry->by_use);
}

const struct permit *tokencache_find(struct tokencache *cache, const struct digest *token,
                                     int64_t now_s)
{
    struct entry *entry = find(cache, token);
    if (!entry)
        return NULL;
    if (entry->exp_s <= now_s) {
        forget(cache, entry);
        return NULL;
    }
    list_unlink(&entry->by_use);
    list_append(&cache->by_use, &entry->by_use);
    return entry->permit;
}
