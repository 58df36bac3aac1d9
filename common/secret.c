/* SPDX-License-Identifier: Apache-2.0 */
#include "common/secret.h"

#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/mem.h"
#include "common/span.h"

#define IN_FILE SPAN("file:")

/* Returns: NULL, or why no publisher could send `token`. */
static const char *token_fault(struct span token)
{
    if (token.len == 0)
        return "the token is empty";
    for (size_t i = 0; i < token.len; i++) {
        if (token.at[i] < ' ' || token.at[i] > '~')
            return "the token holds a byte that a header cannot carry";
    }
    return NULL;
}

/* Returns: the first line of the file `name`, or NULL with `*why` set. */
static char *first_line(const char *name, const char *dir, char **why)
{
    char *path = *name == '/' ? mem_copy(name, strlen(name))
                              : mem_printf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, name);
    char *fault = NULL;
    size_t len;
    char *line = file_read(path, &len, &fault);
    if (line)
        line[strcspn(line, "\r\n")] = '\0';
    else
        *why = mem_printf("%s: %s", path, fault);
    free(fault);
    free(path);
    return line;
}

char *secret_read(const char *text, const char *dir, char **why)
{
    bool is_in_file = span_starts(span_of(text), IN_FILE);
    char *line = is_in_file ? first_line(text + IN_FILE.len, dir, why) : NULL;
    if (is_in_file && !line)
        return NULL;
    struct span token = span_trim(span_of(line ? line : text));
    const char *fault = token_fault(token);
    char *secret = fault ? NULL : mem_copy(token.at, token.len);
    if (fault)
        *why = mem_printf("%s", fault);
    free(line);
    return secret;
}
