/* SPDX-License-Identifier: Apache-2.0 */
#include "common/permit.h"

#include <ctype.h>
#include <stdlib.h>

#include "common/key.h"
#include "common/mem.h"
#include "common/route_scan.h"
#include "common/secret.h"

#define NAME_MOST 64 /* it is a label of metrics */

static void add_text(struct texts *texts, struct span text)
{
    texts->at = mem_grow(texts->at, texts->count + 1, sizeof(*texts->at));
    texts->at[texts->count++] = mem_copy(text.at, text.len);
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->at[i]);
    free(texts->at);
}

struct permit *permit_new(struct span name)
{
    struct permit *permit = mem_new(sizeof(*permit));
    permit->name = mem_copy(name.at, name.len);
    return permit;
}

void permit_free(struct permit *permit)
{
    if (!permit)
        return;
    for (size_t i = 0; i < permit->key_count; i++)
        key_free(permit->keys[i]);
    free(permit->keys);
    free_texts(&permit->tokens);
    free_texts(&permit->prefixes);
    free(permit->iss);
    free(permit->aud);
    free(permit->name);
    free(permit);
}

void permit_add_token(struct permit *permit, const char *token)
{
    add_text(&permit->tokens, span_of(token));
}

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
            return false;
    return len > 0 && len <= NAME_MOST;
}

static void note_secret(struct permit *permit, const char *value)
{
    permit->has_secret |= !span_starts(span_of(value), SPAN("file:"));
}

static char *read_token(struct permit *permit, const char *value, const char *dir)
{
    char *why = NULL;
    char *token = secret_read(value, dir, &why);
    note_secret(permit, value);
    if (token)
        permit_add_token(permit, token);
    free(token);
    return why;
}

static char *read_key(struct permit *permit, const char *value, const char *dir)
{
    char *why = NULL;
    struct key *key = key_read_verifier(value, dir, &why);
    note_secret(permit, value);
    if (!key)
        return why;
    permit->keys = mem_grow(permit->keys, permit->key_count + 1, sizeof(struct key *));
    permit->keys[permit->key_count++] = key;
    return NULL;
}

static char *read_once(char **text, const char *name, const char *value)
{
    if (*text)
        return mem_printf("%s= stands there a second time", name);
    *text = mem_copy(value, strlen(value));
    return NULL;
}

/* What stands without a "=" may be a secret: it is not said again. */
static char *read_element(struct permit *permit, const struct element *element, const char *dir)
{
    const char *name = element->name;
    const char *value = element->value;
    if (!value || !*value)
        return mem_printf("behind the name stand token=, key=, iss=, aud= and channels=, each with "
                          "a value");
    if (strcmp(name, "token") == 0)
        return read_token(permit, value, dir);
    if (strcmp(name, "key") == 0)
        return read_key(permit, value, dir);
    if (strcmp(name, "iss") == 0)
        return read_once(&permit->iss, name, value);
    if (strcmp(name, "aud") == 0)
        return read_once(&permit->aud, name, value);
    if (strcmp(name, "channels") != 0)
        return mem_printf("only token=, key=, iss=, aud= and channels= are understood");
    add_text(&permit->prefixes, span_of(value));
    return NULL;
}

static char *read_elements(struct permit *permit, struct scan *scan, const char *dir)
{
    while (scan->rest.len) {
        struct element element;
        const char *fault = scan_element(scan, &element);
        char *why = fault ? mem_printf("%s", fault) : read_element(permit, &element, dir);
        if (why)
            return why;
    }
    if (!permit->tokens.count && !permit->key_count)
        return mem_printf("without token= or key= nobody can show this permit");
    if ((permit->iss || permit->aud) && !permit->key_count)
        return mem_printf(
            "iss= and aud= say what tokens signed with a key= have to name, and there "
            "is none");
    return NULL;
}

struct permit *permit_read(struct span line, const char *dir, char **why)
{
    line = span_trim(line);
    char *room = mem_new(ROUTE_SCAN_ROOM(line.len));
    struct scan scan = {line, room};
    struct element first = {0};
    struct permit *permit = NULL;
    const char *fault = scan_element(&scan, &first);
    if (fault || first.value || !is_name(first.name)) {
        *why = mem_printf("it begins with a name of letters, digits, '.', '_' and '-', at most %d: "
                          "NAME token=TOKEN,channels=PREFIX",
                          NAME_MOST);
    } else {
        permit = permit_new(span_of(first.name));
        *why = read_elements(permit, &scan, dir);
    }
    free(room);
    if (!*why)
        return permit;
    permit_free(permit);
    return NULL;
}

bool permit_reaches(const struct permit *permit, struct span channel)
{
    for (size_t i = 0; i < permit->prefixes.count; i++)
        if (span_starts(channel, span_of(permit->prefixes.at[i])))
            return true;
    return permit->prefixes.count == 0;
}
