/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_secrets.h"

#include <stdlib.h>

#include "common/file.h"
#include "common/mem.h"

#define IN_FILE SPAN("file:")

/* Returns: NULL, or why no publisher could send `token`. */
static const char *token_fault(struct span token)
{
    if (token.len == 0)
        return "the token is empty";
    for (size_t i = 0; i < token.len; i++) {
        if (token.at[i] < ' ' || token.at[i] > '~')
            return "the token holds a byte that a header cannot carry";
    }
    return NULL;
}

/* Puts the first line of a token's file in the place of its name.
 * Returns: false with the fault noted. */
static bool open_token(struct draft *draft, size_t index)
{
    const struct setting *setting = draft_setting(draft, OPTION_publish_tokens);
    const char *text = setting->values[index].text;
    if (!span_starts(span_of(text), IN_FILE))
        return true;

    char *path = draft_path(draft, setting->source, text + IN_FILE.len);
    char *why = NULL;
    size_t len;
    char *token = file_read(path, &len, &why);
    if (token) {
        token[strcspn(token, "\r\n")] = '\0';
        settings_restate(draft->config->settings, &option_rows[OPTION_publish_tokens], index,
                         token);
    } else {
        draft_fault(draft, OPTION_publish_tokens, index, mem_printf("%s: %s", path, why));
    }
    bool is_open = token != NULL;
    free(token);
    free(why);
    free(path);
    return is_open;
}

static void read_token(struct draft *draft, size_t index)
{
    struct config *config = draft->config;
    const struct value *value = &draft_setting(draft, OPTION_publish_tokens)->values[index];

    if (!open_token(draft, index))
        return;
    struct span trimmed = span_trim(span_of(value->text));
    const char *why = token_fault(trimmed);
    if (why) {
        draft_fault(draft, OPTION_publish_tokens, index, mem_printf("%s", why));
        return;
    }
    char *token = mem_copy(trimmed.at, trimmed.len);
    settings_restate(config->settings, &option_rows[OPTION_publish_tokens], index, token);
    config->publish_tokens[config->publish_token_count++] = value->text;
    free(token);
}

static void read_tokens(struct draft *draft)
{
    size_t count = draft_setting(draft, OPTION_publish_tokens)->count;

    draft->config->publish_tokens = mem_new(count * sizeof(char *));
    for (size_t i = 0; i < count; i++)
        read_token(draft, i);
}

static void read_key(struct draft *draft)
{
    struct config *config = draft->config;
    const struct setting *setting = draft_setting(draft, OPTION_sig_key);
    const char *text = draft_text(draft, OPTION_sig_key);

    if (span_starts(span_of(text), IN_FILE)) {
        char *path = draft_path(draft, setting->source, text + IN_FILE.len);
        char *key = mem_printf("file:%s", path);
        settings_restate(config->settings, &option_rows[OPTION_sig_key], 0, key);
        free(key);
        free(path);
    }
    config->sig_key = setting->count ? setting->values[0].text : "";
}

void config_secrets_read(struct draft *draft)
{
    read_tokens(draft);
    read_key(draft);
}
