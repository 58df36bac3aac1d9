/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_reading.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/quantity.h"

void reading_fault(struct reading *reading, const struct option_row *row, const struct value *value,
                   const char *why)
{
    bool in_file = strchr(value->where, ':') != NULL; /* FILE:LINE; the others name the option */

    buf_printf(&reading->faults, "%s: %s%s%s\n", value->where, in_file ? row->key : "",
               in_file ? ": " : "", why);
}

void reading_fault_text(struct reading *reading, const struct option_row *row,
                        const struct value *value, char *why)
{
    reading_fault(reading, row, value, why);
    free(why);
}

const struct setting *reading_setting(const struct reading *reading, size_t id)
{
    return settings_get(reading->settings, &option_rows[id]);
}

char *reading_path(const struct reading *reading, enum source source, const char *path)
{
    if (source != SOURCE_FILE || *path == '/')
        return mem_copy(path, strlen(path));
    return mem_printf("%s/%s", reading->dir, path);
}

const char *reading_text(struct reading *reading, size_t id)
{
    const struct setting *setting = reading_setting(reading, id);

    if (setting->count == 0)
        return "";
    if (!*setting->values[0].text)
        reading_fault(reading, &option_rows[id], setting->values, "it is empty");
    return setting->values[0].text;
}

uint64_t setting_number(struct reading *reading, size_t id, enum limit_unit unit)
{
    const struct option_row *row = &option_rows[id];
    const struct value *value = reading_setting(reading, id)->values;
    uint64_t number = 0;

    if (quantity_read(span_of(value->text), unit, &number) && number >= row->least &&
        number <= row->most)
        return number;
    char *least = quantity_text(row->least, unit);
    char *most = quantity_text(row->most, unit);
    reading_fault_text(reading, row, value,
                       mem_printf("\"%s\" is not %s from %s to %s", value->text,
                                  quantity_expected(unit), least, most));
    free(least);
    free(most);
    return row->least;
}

bool reading_bool(struct reading *reading, size_t id)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};
    const struct value *value = reading_setting(reading, id)->values;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcasecmp(value->text, words[i]) == 0)
            return i % 2;
    }
    reading_fault_text(reading, &option_rows[id], value,
                       mem_printf("\"%s\" is neither \"yes\" nor \"no\"", value->text));
    return false;
}

enum log_level reading_level(struct reading *reading, size_t id)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    const struct value *value = reading_setting(reading, id)->values;

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(value->text, levels[i]) == 0)
            return (enum log_level)i;
    }
    reading_fault_text(reading, &option_rows[id], value,
                       mem_printf("\"%s\" is not error, warn, info or debug", value->text));
    return LEVEL_INFO;
}
