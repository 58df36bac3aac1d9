/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of certificates line by line, and in the last line the one asked for: found as by looking at
 * each of them in turn.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "common/tlsnames.h"

#define MOST_NAMES 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A few that are told apart; nobody looks inside but OpenSSL. */
static SSL_CTX *contexts[MOST_NAMES];

static void make_contexts(void)
{
    for (size_t i = 0; !contexts[MOST_NAMES - 1] && i < MOST_NAMES; i++)
        contexts[i] = SSL_CTX_new(TLS_server_method());
}

/* A name as SNI and certificates have it: lower-case, without NUL. */
static char *lower_case(struct span text)
{
    char *name = mem_copy(text.at, text.len);
    for (size_t i = 0; i < text.len; i++)
        name[i] = (char)(name[i] ? tolower((unsigned char)name[i]) : '0');
    return name;
}

static bool is_wildcard_of(const char *name, const char *asked)
{
    const char *dot = strchr(asked, '.');
    return dot && dot != asked && name[0] == '*' && strcmp(name + 1, dot) == 0;
}

static SSL_CTX *look(char *const *names, size_t count, const char *asked)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], asked) == 0)
            return contexts[i];
    for (size_t i = 0; i < count; i++)
        if (is_wildcard_of(names[i], asked))
            return contexts[i];
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_contexts();
    struct tlsnames *names = tlsnames_new(contexts[0]);
    struct span rest = span((const char *)data, size);
    struct span line = span_cut(&rest, '\n');
    char *all[MOST_NAMES];
    size_t count = 0;
    for (; rest.len && count < MOST_NAMES; line = span_cut(&rest, '\n')) {
        all[count] = lower_case(line);
        tlsnames_add(names, all[count], contexts[count]);
        count++;
    }
    tlsnames_sort(names);
    char *asked = lower_case(line);
    SSL_CTX *expected = line.len <= 255 ? look(all, count, asked) : NULL;
    CHECK(tlsnames_find(names, span_of(asked)) == expected);
    tlsnames_free(names);
    free(asked);
    for (size_t i = 0; i < count; i++)
        free(all[i]);
    return 0;
}
