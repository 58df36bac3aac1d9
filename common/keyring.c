/* SPDX-License-Identifier: Apache-2.0 */
#include "common/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/token.h"

struct entry {
    const char *text; /* borrowed from the configuration */
    struct key *key;
};

struct keyring {
    struct key *main;
    struct entry *entries; /* one for each different sig_key of a route */
    size_t count;
};

static const struct entry *find(const struct keyring *keyring, const char *text)
{
    for (size_t i = 0; i < keyring->count; i++)
        if (strcmp(keyring->entries[i].text, text) == 0)
            return &keyring->entries[i];
    return NULL;
}

static bool read_route_keys(struct keyring *keyring, const struct config *config, char **why)
{
    keyring->entries = mem_new(routes_count(config->routes) * sizeof(struct entry));
    for (size_t i = 0; i < routes_count(config->routes); i++) {
        const char *text = routes_at(config->routes, i)->sig_key;
        if (!text || find(keyring, text))
            continue;
        struct key *key = key_read(text, config->dir, why);
        if (!key)
            return false;
        keyring->entries[keyring->count++] = (struct entry){text, key};
    }
    return true;
}

struct keyring *keyring_read(const struct config *config, bool may_make, char **why)
{
    *why = NULL;
    struct keyring *keyring = mem_new(sizeof(*keyring));
    if (!read_route_keys(keyring, config, why))
        goto fail;
    bool is_told = config->sig_key[0] != '\0';
    if (is_told)
        keyring->main = key_read(config->sig_key, config->dir, why);
    else if (may_make)
        keyring->main = key_keep(config->state_dir, why);
    if (!keyring->main && (is_told || may_make))
        goto fail;
    return keyring;
fail:
    keyring_free(keyring);
    return NULL;
}

void keyring_free(struct keyring *keyring)
{
    if (!keyring)
        return;
    for (size_t i = 0; i < keyring->count; i++)
        key_free(keyring->entries[i].key);
    key_free(keyring->main);
    free(keyring->entries);
    free(keyring);
}

const struct key *keyring_key(const struct keyring *keyring, const struct route *route)
{
    const struct entry *own = route->sig_key ? find(keyring, route->sig_key) : NULL;
    return own ? own->key : keyring->main;
}

const struct key *keyring_main(const struct keyring *keyring)
{
    return keyring->main;
}
