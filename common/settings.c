/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/mem.h"

struct settings {
    struct setting *of; /* one for each row of option_rows */
};

struct settings *settings_new(void)
{
    struct settings *settings = mem_new(sizeof(*settings));
    settings->of = mem_new(option_row_count * sizeof(*settings->of));
    return settings;
}

static void setting_clear(struct setting *setting)
{
    for (size_t i = 0; i < setting->count; i++) {
        free(setting->values[i].text);
        free(setting->values[i].where);
    }
    free(setting->values);
    setting->values = NULL;
    setting->count = 0;
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < option_row_count; i++)
        setting_clear(&settings->of[i]);
    free(settings->of);
    free(settings);
}

void settings_put(struct settings *settings, const struct option_row *row, enum source source,
                  struct span text, const char *where)
{
    struct setting *setting = &settings->of[row - option_rows];

    if (source < setting->source)
        return;
    if (source > setting->source || !row->is_list)
        setting_clear(setting);
    setting->source = source;
    setting->values = mem_grow(setting->values, setting->count + 1, sizeof(*setting->values));
    setting->values[setting->count++] =
        (struct value){mem_copy(text.at, text.len), mem_copy(where, strlen(where))};
}

void settings_restate(struct settings *settings, const struct option_row *row, size_t index,
                      const char *text)
{
    struct setting *setting = &settings->of[row - option_rows];

    CHECK(index < setting->count);
    char *copy = mem_copy(text, strlen(text)); /* first: `text` may be what stands there */
    free(setting->values[index].text);
    setting->values[index].text = copy;
}

const struct setting *settings_get(const struct settings *settings, const struct option_row *row)
{
    return &settings->of[row - option_rows];
}
