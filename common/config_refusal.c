/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_refusal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void refusal_note(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct refusal *refusal = context;
    static const char in_item[] = "in sequence entry '";
    char text[REFUSAL_TEXT];

    (void)level;
    (void)vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    if (!*refusal->said)
        memcpy(refusal->said, text, sizeof(text));
    else if (strstr(text, in_item) && refusal->depth == 0)
        refusal->item = (unsigned)strtoul(strstr(text, in_item) + strlen(in_item), NULL, 10);
    else if (refusal->depth < ARRAY_LEN(refusal->fields) &&
             sscanf(text, " in mapping field '%255[^']'", refusal->fields[refusal->depth]) == 1)
        refusal->depth++;
}

/* Returns: what follows `start` in libcyaml's words, or NULL. */
static const char *said_behind(const struct refusal *refusal, const char *start)
{
    size_t len = strlen(start);
    return strncmp(refusal->said, start, len) == 0 ? refusal->said + len : NULL;
}

static char *at_line(const char *path, unsigned line, char *sentence)
{
    char *all =
        line ? mem_printf("%s:%u: %s", path, line, sentence) : mem_printf("%s: %s", path, sentence);
    free(sentence);
    return all;
}

/* A key that is not one of ours, or stands twice. */
static char *key_fault(const char *path, const struct config_lines *lines, const char *outer,
                       const char *key, bool is_twice)
{
    unsigned line = config_lines_find(lines, outer ? outer : key, outer ? key : NULL, 0);

    if (is_twice)
        return at_line(path, line, mem_printf("%s: it stands here a second time", key));
    return at_line(
        path, line,
        mem_printf(outer ? "%s: there is no such limit" : "%s: there is no such option", key));
}

/* A list where one value belongs, and the like. */
static char *shape_fault(const char *path, const struct config_lines *lines,
                         const struct refusal *refusal)
{
    const char *key = refusal->fields[0];
    const char *outer = refusal->depth > 1 ? refusal->fields[1] : NULL;
    unsigned line =
        config_lines_find(lines, outer ? outer : key, outer ? key : NULL, refusal->item);

    if (refusal->depth == 0)
        return at_line(path, 1, mem_printf("the file must be a mapping of options: KEY: VALUE"));
    if (refusal->item)
        return at_line(path, line, mem_printf("%s: each item of the list is one value", key));
    const char *wanted = said_behind(refusal, "Load: Expecting SEQUENCE") ? "a list, such as [A, B]"
                         : said_behind(refusal, "Load: Expecting MAPPING")
                             ? "a mapping of KEY: VALUE"
                             : "one value";
    return at_line(path, line, mem_printf("%s: it wants %s", key, wanted));
}

char *refusal_sentence(const struct refusal *refusal, cyaml_err_t error, const char *path,
                       const struct config_lines *lines)
{
    const char *inner = refusal->depth > 0 ? refusal->fields[0] : NULL;
    const char *outer = refusal->depth > 1 ? refusal->fields[1] : NULL;
    const char *key;

    if ((key = said_behind(refusal, "Load: Unexpected key: ")))
        return key_fault(path, lines, inner, key, false);
    if ((key = said_behind(refusal, "Load: Mapping field already seen: ")))
        return key_fault(path, lines, outer, key, true);
    if (said_behind(refusal, "Load: Expecting "))
        return shape_fault(path, lines, refusal);
    /* What is left is YAML that no configuration needs: aliases, lists as keys. */
    unsigned line =
        inner ? config_lines_find(lines, outer ? outer : inner, outer ? inner : NULL, 0) : 0;
    return at_line(path, line,
                   mem_printf("this is not understood here (%s)", cyaml_strerror(error)));
}
