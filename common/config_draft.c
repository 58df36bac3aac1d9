/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_draft.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/quantity.h"

void draft_fault(struct draft *draft, size_t id, size_t index, char *why)
{
    const struct setting *setting = draft_setting(draft, id);
    const char *where = setting->values[index].where;

    /* A flag or a variable names the option, a line of the file does not. */
    if (setting->source == SOURCE_FILE)
        buf_printf(&draft->faults, "%s: %s: %s\n", where, option_rows[id].key, why);
    else
        buf_printf(&draft->faults, "%s: %s\n", where, why);
    free(why);
}

const struct setting *draft_setting(const struct draft *draft, size_t id)
{
    return settings_get(draft->config->settings, &option_rows[id]);
}

const char *draft_text(struct draft *draft, size_t id)
{
    const struct setting *setting = draft_setting(draft, id);

    if (setting->count == 0)
        return "";
    if (!*setting->values[0].text)
        draft_fault(draft, id, 0, mem_printf("it is empty"));
    return setting->values[0].text;
}

uint64_t draft_number(struct draft *draft, size_t id, enum limit_unit unit)
{
    const struct option_row *row = &option_rows[id];
    const char *text = draft_setting(draft, id)->values[0].text;
    uint64_t number = 0;

    if (quantity_read(span_of(text), unit, &number) && number >= row->least && number <= row->most)
        return number;
    char *least = quantity_text(row->least, unit);
    char *most = quantity_text(row->most, unit);
    draft_fault(
        draft, id, 0,
        mem_printf("\"%s\" is not %s from %s to %s", text, quantity_expected(unit), least, most));
    free(least);
    free(most);
    return row->least;
}

bool draft_bool(struct draft *draft, size_t id)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};
    const char *text = draft_setting(draft, id)->values[0].text;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcasecmp(text, words[i]) == 0)
            return i % 2;
    }
    draft_fault(draft, id, 0, mem_printf("\"%s\" is neither \"yes\" nor \"no\"", text));
    return false;
}

enum log_level draft_level(struct draft *draft, size_t id)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    const char *text = draft_setting(draft, id)->values[0].text;

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(text, levels[i]) == 0)
            return (enum log_level)i;
    }
    draft_fault(draft, id, 0, mem_printf("\"%s\" is not error, warn, info or debug", text));
    return LEVEL_INFO;
}

const char *draft_dir(const struct draft *draft, enum source source)
{
    return source == SOURCE_FILE ? draft->config->dir : draft->here;
}

char *draft_path(const struct draft *draft, enum source source, const char *path)
{
    if (*path == '/')
        return mem_copy(path, strlen(path));
    const char *dir = draft_dir(draft, source);
    return mem_printf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, path);
}
