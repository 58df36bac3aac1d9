/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holdfast --print-config: what is in force, and who said so, as a YAML file that
 * says the same when it is read again (but for the secrets).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/permit.h"
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

/* Whether a value, or a part of it, is for nobody's eyes. */
static bool is_secret(const struct config *config, const struct option_row *row, size_t index)
{
    if (row->kind == KIND_ROUTE) {
        const char *key = routes_at(config->routes, index)->sig_key;
        return key && strncmp(key, "file:", 5) != 0;
    }
    /* The first permit is that of publish_tokens, where there are any. */
    if (row->kind == KIND_PUBLISHER)
        return config->permits[index + (config->publish_token_count > 0)]->has_secret;
    return row->kind == KIND_SECRET;
}

static void print_one(const struct config *config, const struct option_row *row, const char *indent,
                      FILE *out)
{
    const struct setting *setting = settings_get(config->settings, row);

    if (setting->count == 0) {
        (void)fprintf(out, "%s# %s: (not set)\n", indent, row->key);
        return;
    }
    (void)fprintf(out, "%s%s:%s", indent, row->key, row->is_list ? "\n" : " ");
    for (size_t i = 0; i < setting->count; i++) {
        bool is_hidden = is_secret(config, row, i);
        (void)fprintf(out, "%s%s", is_hidden ? "# " : "", row->is_list ? "  - " : "");
        if (is_hidden)
            (void)fputs("(set)", out);
        else
            print_text(setting->values[i].text, out);
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
