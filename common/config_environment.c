/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_environment.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"

#define PREFIX SPAN("HOLDFAST_")

static const struct option_row *find(struct span variable)
{
    for (size_t i = 0; i < option_row_count; i++) {
        char *name = option_variable(&option_rows[i]);
        bool is_it = span_equal(variable, span_of(name));
        free(name);
        if (is_it)
            return &option_rows[i];
    }
    return NULL;
}

/* Notes each part of a list; an empty variable stays one empty value, to be refused. */
static void put_list(struct settings *settings, const struct option_row *row, const char *text,
                     const char *where)
{
    const char *separators = row->kind == KIND_ROUTE ? "\n" : ",\n";
    size_t parts = 0;

    for (const char *at = text; *at;) {
        size_t len = strcspn(at, separators);
        struct span part = span_trim(span(at, len));
        if (part.len) {
            settings_put(settings, row, SOURCE_ENVIRONMENT, part, where);
            parts++;
        }
        at += len + (at[len] != '\0');
    }
    if (parts == 0)
        settings_put(settings, row, SOURCE_ENVIRONMENT, SPAN(""), where);
}

void config_environment_read(char *const *environment, struct settings *settings)
{
    for (; *environment; environment++) {
        struct span text = span_of(*environment);
        struct span name = span_cut(&text, '=');
        if (!span_starts(name, PREFIX))
            continue;
        char *where = mem_copy(name.at, name.len);
        const struct option_row *row = find(name);
        if (!row)
            log_warn("%s is set, but holdfast has no such option", where);
        else if (row->is_list)
            put_list(settings, row, text.at, where);
        else
            settings_put(settings, row, SOURCE_ENVIRONMENT, text, where);
        free(where);
    }
}
