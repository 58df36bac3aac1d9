/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_reading.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/quantity.h"

void reading_fault(struct reading *reading, size_t id, size_t index, char *why)
{
    const struct setting *setting = reading_setting(reading, id);
    const char *where = setting->values[index].where;

    /* A flag or a variable names the option, a line of the file does not. */
    if (setting->source == SOURCE_FILE)
        buf_printf(&reading->faults, "%s: %s: %s\n", where, option_rows[id].key, why);
    else
        buf_printf(&reading->faults, "%s: %s\n", where, why);
    free(why);
}

const struct setting *reading_setting(const struct reading *reading, size_t id)
{
    return settings_get(reading->config->settings, &option_rows[id]);
}

const char *reading_text(struct reading *reading, size_t id)
{
    const struct setting *setting = reading_setting(reading, id);

    if (setting->count == 0)
        return "";
    if (!*setting->values[0].text)
        reading_fault(reading, id, 0, mem_printf("it is empty"));
    return setting->values[0].text;
}

uint64_t reading_number(struct reading *reading, size_t id, enum limit_unit unit)
{
    const struct option_row *row = &option_rows[id];
    const char *text = reading_setting(reading, id)->values[0].text;
    uint64_t number = 0;

    if (quantity_read(span_of(text), unit, &number) && number >= row->least && number <= row->most)
        return number;
    char *least = quantity_text(row->least, unit);
    char *most = quantity_text(row->most, unit);
    reading_fault(
        reading, id, 0,
        mem_printf("\"%s\" is not %s from %s to %s", text, quantity_expected(unit), least, most));
    free(least);
    free(most);
    return row->least;
}

bool reading_bool(struct reading *reading, size_t id)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};
    const char *text = reading_setting(reading, id)->values[0].text;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcasecmp(text, words[i]) == 0)
            return i % 2;
    }
    reading_fault(reading, id, 0, mem_printf("\"%s\" is neither \"yes\" nor \"no\"", text));
    return false;
}

enum log_level reading_level(struct reading *reading, size_t id)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    const char *text = reading_setting(reading, id)->values[0].text;

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(text, levels[i]) == 0)
            return (enum log_level)i;
    }
    reading_fault(reading, id, 0, mem_printf("\"%s\" is not error, warn, info or debug", text));
    return LEVEL_INFO;
}

const char *reading_dir(const struct reading *reading, enum source source)
{
    return source == SOURCE_FILE ? reading->config->dir : reading->here;
}

char *reading_path(const struct reading *reading, enum source source, const char *path)
{
    if (*path == '/')
        return mem_copy(path, strlen(path));
    const char *dir = reading_dir(reading, source);
    return mem_printf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, path);
}
