/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tlsnames.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* The longest name of the DNS. */
#define NAME_BYTES 255

struct name {
    char *text; /* owned */
    SSL_CTX *context;
    size_t rank; /* how many were added before it */
};

struct tlsnames {
    SSL_CTX *owner;
    struct name *all;
    size_t count, room;
};

struct tlsnames *tlsnames_new(SSL_CTX *owner)
{
    struct tlsnames *names = mem_new(sizeof(*names));
    names->owner = owner;
    return names;
}

static void name_done(const struct tlsnames *names, struct name *name)
{
    if (name->context != names->owner)
        SSL_CTX_free(name->context);
    free(name->text);
}

void tlsnames_free(struct tlsnames *names)
{
    for (size_t i = 0; i < names->count; i++)
        name_done(names, &names->all[i]);
    free(names->all);
    free(names);
}

void tlsnames_add(struct tlsnames *names, const char *text, SSL_CTX *context)
{
    if (names->count == names->room) {
        names->room = names->room * 2 + 8;
        names->all = mem_grow(names->all, names->room, sizeof(struct name));
    }
    if (context != names->owner)
        (void)SSL_CTX_up_ref(context);
    names->all[names->count] = (struct name){mem_copy(text, strlen(text)), context, names->count};
    names->count++;
}

static int compare(const void *a, const void *b)
{
    const struct name *one = a, *other = b;
    int order = strcmp(one->text, other->text);
    if (order)
        return order;
    return one->rank < other->rank ? -1 : 1;
}

/* Of those that are equal the first stays. */
void tlsnames_sort(struct tlsnames *names)
{
    size_t kept = 0;
    if (names->count)
        qsort(names->all, names->count, sizeof(struct name), compare);
    for (size_t i = 0; i < names->count; i++) {
        if (kept && strcmp(names->all[kept - 1].text, names->all[i].text) == 0)
            name_done(names, &names->all[i]);
        else
            names->all[kept++] = names->all[i];
    }
    names->count = kept;
}

static int compare_text(const void *text, const void *name)
{
    return strcmp(text, ((const struct name *)name)->text);
}

static SSL_CTX *find(const struct tlsnames *names, const char *text)
{
    if (names->count == 0)
        return NULL;
    const struct name *found =
        bsearch(text, names->all, names->count, sizeof(struct name), compare_text);
    return found ? found->context : NULL;
}

SSL_CTX *tlsnames_find(const struct tlsnames *names, struct span asked)
{
    char text[NAME_BYTES + 1] = {0};
    if (asked.len > NAME_BYTES)
        return NULL;
    for (size_t i = 0; i < asked.len; i++)
        text[i] = (char)tolower((unsigned char)asked.at[i]);
    SSL_CTX *found = find(names, text);
    char *dot = strchr(text, '.');
    if (found || !dot || dot == text)
        return found;
    *--dot = '*'; /* instead of the first label */
    return find(names, dot);
}
