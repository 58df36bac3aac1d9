/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_routes.h"

#include <stdlib.h>

#include "common/file.h"
#include "common/mem.h"

static void read_lines(struct reading *reading)
{
    const struct setting *setting = reading_setting(reading, OPTION_routes);
    struct routes *routes = reading->config->routes;

    for (size_t i = 0; i < setting->count; i++) {
        size_t before = routes_count(routes);
        char *why = routes_add_from(routes, span_of(setting->values[i].text),
                                    reading_dir(reading, setting->source));
        if (!why && routes_count(routes) == before)
            why = mem_printf("the line is empty");
        if (why)
            reading_fault(reading, OPTION_routes, i, why);
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

static void read_file(struct reading *reading)
{
    const struct setting *setting = reading_setting(reading, OPTION_routes_file);
    const char *name = reading_text(reading, OPTION_routes_file);
    if (!*name)
        return;

    char *path = reading_path(reading, setting->source, name);
    char *why = NULL;
    size_t len;
    char *text = file_read(path, &len, &why);
    if (text)
        add_lines(reading->config->routes, span(text, len), path);
    else
        reading_fault(reading, OPTION_routes_file, 0, mem_printf("%s: %s", path, why));
    settings_restate(reading->config->settings, &option_rows[OPTION_routes_file], 0, path);
    free(why);
    free(text);
    free(path);
}

void config_routes_read(struct reading *reading)
{
    reading->config->routes = routes_new();
    read_lines(reading);
    read_file(reading);
}
