/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_secrets.h"

#include <stdlib.h>

#include "common/mem.h"
#include "common/secret.h"

#define IN_FILE SPAN("file:")

static void read_token(struct draft *draft, size_t index)
{
    struct config *config = draft->config;
    const struct setting *setting = draft_setting(draft, OPTION_publish_tokens);
    char *why = NULL;
    char *token = secret_read(setting->values[index].text, draft_dir(draft, setting->source), &why);

    if (!token) {
        draft_fault(draft, OPTION_publish_tokens, index, why);
        return;
    }
    settings_restate(config->settings, &option_rows[OPTION_publish_tokens], index, token);
    config->publish_tokens[config->publish_token_count++] = setting->values[index].text;
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
