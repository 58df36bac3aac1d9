/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_environment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
    bool has_commas =
        row->kind == KIND_ROUTE || row->kind == KIND_PUBLISHER || row->kind == KIND_CERTIFICATE;
    const char *separators = has_commas ? "\n" : ",\n";
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

/* Whether Kubernetes made it from the name of a service. */
static bool is_service_link(struct span name, struct span text)
{
    name = span_skip(name, PREFIX.len);
    if (span_equal(name, SPAN("SERVICE_HOST")) || span_starts(name, SPAN("SERVICE_PORT")))
        return true;
    if (!span_starts(name, SPAN("PORT")))
        return false;
    name = span_skip(name, strlen("PORT"));
    /* HOLDFAST_PORT=8000 is a person's, and a mistake. */
    return name.len ? name.len > 1 && isdigit((unsigned char)name.at[1])
                    : memmem(text.at, text.len, "://", 3) != NULL;
}

void config_environment_read(char *const *environment, struct settings *settings,
                             struct buf *faults)
{
    for (; *environment; environment++) {
        struct span text = span_of(*environment);
        struct span name = span_cut(&text, '=');
        if (!span_starts(name, PREFIX))
            continue;
        char *where = mem_copy(name.at, name.len);
        const struct option_row *row = find(name);
        if (!row && !is_service_link(name, text))
            buf_printf(faults, "%s: there is no such option\n", where);
        else if (row && row->is_list)
            put_list(settings, row, text.at, where);
        else if (row)
            settings_put(settings, row, SOURCE_ENVIRONMENT, text, where);
        free(where);
    }
}
