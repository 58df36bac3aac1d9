/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_permits.h"

#include <stdlib.h>

#include "common/key.h"
#include "common/mem.h"
#include "common/permit.h"

/* The name of those who show one of publish_tokens, and of those who need to show nothing. */
#define TOKENS_NAME "token"
#define ANYONE_NAME "anyone"

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool share_token(const struct permit *a, const struct permit *b)
{
    for (size_t i = 0; i < a->tokens.count; i++)
        for (size_t j = 0; j < b->tokens.count; j++)
            if (same(a->tokens.at[i], b->tokens.at[j]))
                return true;
    return false;
}

/* Whether a token that names no more than they do could be meant for either. */
static bool are_alike(const struct permit *a, const struct key *key, const struct permit *b,
                      const struct key *other)
{
    return same(key->algorithm, other->algorithm) && same(key->kid, other->kid) &&
           same(a->iss, b->iss);
}

static bool share_key(const struct permit *a, const struct permit *b)
{
    for (size_t i = 0; i < a->key_count; i++)
        for (size_t j = a == b ? i + 1 : 0; j < b->key_count; j++)
            if (are_alike(a, a->keys[i], b, b->keys[j]))
                return true;
    return false;
}

/* Returns: why `permit` cannot stand beside `other`, which may be itself; NULL where it can. */
static char *find_clash(const struct permit *permit, const struct permit *other)
{
    if (share_key(permit, other))
        return mem_printf(
            "the key of %s and a key of %s are of one kind and issuer, so that a token "
            "would not tell which it is signed with: give each another iss=, or a "
            "JSON Web Key with a kid",
            permit->name, other->name);
    if (permit == other)
        return NULL;
    if (same(permit->name, other->name))
        return mem_printf("there is a publisher %s already", permit->name);
    if (share_token(permit, other))
        return mem_printf("%s and %s have the same token", permit->name, other->name);
    return NULL;
}

static char *check(const struct config *config, const struct permit *permit)
{
    char *why = find_clash(permit, permit);
    for (size_t i = 0; !why && i < config->permit_count; i++)
        why = find_clash(permit, config->permits[i]);
    if (!why && (same(permit->name, TOKENS_NAME) || same(permit->name, ANYONE_NAME)))
        why = mem_printf("the name %s is holdfast's own", permit->name);
    return why;
}

static void read_line(struct draft *draft, size_t index)
{
    struct config *config = draft->config;
    const struct setting *setting = draft_setting(draft, OPTION_publishers);
    char *why = NULL;
    struct permit *permit =
        permit_read(span_of(setting->values[index].text), draft_dir(draft, setting->source), &why);
    if (permit)
        why = check(config, permit);
    if (why) {
        draft_fault(draft, OPTION_publishers, index, why);
        permit_free(permit);
        return;
    }
    config->permits[config->permit_count++] = permit;
}

void config_permits_read(struct draft *draft)
{
    struct config *config = draft->config;
    size_t count = draft_setting(draft, OPTION_publishers)->count;

    config->permits = mem_new((count + 1) * sizeof(struct permit *));
    if (config->publish_token_count)
        config->permits[config->permit_count++] = permit_new(SPAN(TOKENS_NAME));
    for (size_t i = 0; i < config->publish_token_count; i++)
        permit_add_token(config->permits[0], config->publish_tokens[i]);
    for (size_t i = 0; i < count; i++)
        read_line(draft, i);
}
