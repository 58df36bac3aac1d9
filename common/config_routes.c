/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_routes.h"

#include <stdlib.h>

#include "common/file.h"
#include "common/mem.h"

static void read_lines(struct draft *draft)
{
    const struct setting *setting = draft_setting(draft, OPTION_routes);
    struct routes *routes = draft->config->routes;

    for (size_t i = 0; i < setting->count; i++) {
        size_t before = routes_count(routes);
        char *why = routes_add_from(routes, span_of(setting->values[i].text),
                                    draft_dir(draft, setting->source));
        if (!why && routes_count(routes) == before)
            why = mem_printf("the line is empty");
        if (why)
            draft_fault(draft, OPTION_routes, i, why);
    }
}

/* Adds the lines of the file at `path`, which are `text`. */
static void add_lines(struct routes *routes, struct span text, const char *path)
{
    char *dir = file_dir(path);

    for (unsigned number = 1; text.len; number++) {
        char *why = routes_add_from(routes, span_cut(&text, '\n'), dir);
        /* Each line is news, so each has a log site of its own: none is held back. */
        if (why)
            log_line(&(struct log_site){0}, LEVEL_WARN, "%s:%u: %s; the line is skipped", path,
                     number, why);
        free(why);
    }
    free(dir);
}

static void read_file(struct draft *draft)
{
    const struct setting *setting = draft_setting(draft, OPTION_routes_file);
    const char *name = draft_text(draft, OPTION_routes_file);
    if (!*name)
        return;

    char *path = draft_path(draft, setting->source, name);
    char *why = NULL;
    size_t len;
    char *text = file_read(path, &len, &why);
    if (text)
        add_lines(draft->config->routes, span(text, len), path);
    else
        draft_fault(draft, OPTION_routes_file, 0, mem_printf("%s: %s", path, why));
    settings_restate(draft->config->settings, &option_rows[OPTION_routes_file], 0, path);
    free(why);
    free(text);
    free(path);
}

void config_routes_read(struct draft *draft)
{
    draft->config->routes = routes_new();
    read_lines(draft);
    read_file(draft);
}
