/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holdfast --print-config: what is in force, and who said so, as a YAML file that
 * says the same when it is read again (but for the secrets).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/settings.h"

/* Whether YAML reads `text` as itself without quotes. */
static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || !(isalnum((unsigned char)*text) || *text == '/') || text[len - 1] == ':')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr("/:._-", text[i]))
            return false;
    }
    return true;
}

static void print_text(const char *text, FILE *out)
{
    if (is_plain(text)) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            (void)fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            (void)fprintf(out, "\\x%02x", (unsigned char)*text);
        else
            (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

/* Returns: the value as it is in force; most are as they were written. */
static const char *in_force(const struct config *config, const struct option_row *row,
                            const struct value *value, size_t index)
{
    switch (row - option_rows) {
    case OPTION_listen:
        return config->listen[index].text;
    case OPTION_control:
        return config->control[index].text;
    case OPTION_state_dir:
        return config->state_dir;
    default:
        return value->text;
    }
}

static void print_one(const struct config *config, const struct option_row *row, const char *indent,
                      FILE *out)
{
    const struct setting *setting = settings_get(config->settings, row);

    if (setting->count == 0) {
        (void)fprintf(out, "%s# %s: (not set)\n", indent, row->key);
        return;
    }
    if (row->kind == KIND_SECRET) {
        for (size_t i = 0; i < setting->count; i++)
            (void)fprintf(out, "%s# %s: (set)  # %s\n", indent, row->key, setting->values[i].where);
        return;
    }
    (void)fprintf(out, "%s%s:%s", indent, row->key, row->is_list ? "\n" : " ");
    for (size_t i = 0; i < setting->count; i++) {
        (void)fputs(row->is_list ? "  - " : "", out);
        print_text(in_force(config, row, &setting->values[i], i), out);
        (void)fprintf(out, "  # %s\n", setting->values[i].where);
    }
}

void config_print(const struct config *config, FILE *out)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (i == OPTION_LIMITS)
            (void)fprintf(out, "%s:\n", row->section);
        if (row->kind != KIND_FLAG_ONLY)
            print_one(config, row, row->section ? "  " : "", out);
    }
}
