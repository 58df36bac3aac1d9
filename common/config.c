/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/config_addresses.h"
#include "common/config_defaults.h"
#include "common/config_draft.h"
#include "common/config_environment.h"
#include "common/config_file.h"
#include "common/config_flags.h"
#include "common/config_permits.h"
#include "common/config_routes.h"
#include "common/config_secrets.h"
#include "common/config_tls.h"
#include "common/config_zmq.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/permit.h"

static void read_limits(struct draft *draft)
{
    for (size_t i = 0; i < limit_row_count; i++) {
        char *field = (char *)&draft->config->limits + limit_rows[i].offset;
        *(uint64_t *)(void *)field = draft_number(draft, OPTION_LIMITS + i, limit_rows[i].unit);
    }
}

static void read_state_dir(struct draft *draft)
{
    struct config *config = draft->config;
    const struct setting *setting = draft_setting(draft, OPTION_state_dir);
    char *path = draft_path(draft, setting->source, draft_text(draft, OPTION_state_dir));

    settings_restate(config->settings, &option_rows[OPTION_state_dir], 0, path);
    config->state_dir = setting->values[0].text;
    free(path);
}

static void read_values(struct draft *draft)
{
    struct config *config = draft->config;

    config->workers = (unsigned)draft_number(draft, OPTION_workers, LIMIT_COUNT);
    config->sig_iss = draft_text(draft, OPTION_sig_iss);
    config->service_id = draft_text(draft, OPTION_service_id);
    config->http2 = draft_bool(draft, OPTION_http2);
    config->log_level = draft_level(draft, OPTION_log_level);
    read_state_dir(draft);
    read_limits(draft);
    config_routes_read(draft);
    config_secrets_read(draft);
    config_permits_read(draft);
    config_tls_read(draft);
    config_addresses_read(draft);
    config_zmq_read(draft);
}

/* Returns: false where nothing, or not all that the file says, is known. */
static bool read_config_file(struct draft *draft, const char *name)
{
    struct config *config = draft->config;
    char *path = draft_path(draft, SOURCE_FLAG, name);

    free(config->dir);
    config->dir = file_dir(path);
    free(path);
    char *why = config_file_read(name, config->settings);
    if (why)
        buf_printf(&draft->faults, "%s\n", why);
    bool is_read = !why;
    free(why);
    return is_read;
}

/* Returns: as read_config_file(). */
static bool read_sources(struct draft *draft)
{
    config_environment_read(environ, draft->config->settings, &draft->faults);
    const struct setting *file = draft_setting(draft, OPTION_config);
    return file->count == 0 || read_config_file(draft, file->values[0].text);
}

static void read_all(struct draft *draft, bool with_sources)
{
    /* Without what the file says, more faults could be false. */
    bool is_whole = !with_sources || read_sources(draft);

    config_defaults(draft->config->settings);
    if (is_whole)
        read_values(draft);
}

struct config *config_read(int argc, char **argv, enum verb *verb, char **why)
{
    struct config *config = mem_new(sizeof(*config));
    char *here = getcwd(NULL, 0);
    if (!here)
        here = mem_printf("."); /* it was removed: relative paths will tell */
    struct draft draft = {.config = config, .here = here};

    config->dir = mem_copy(here, strlen(here));
    config->settings = settings_new();
    *verb = config_flags_read(argc, argv, config->settings);
    read_all(&draft, *verb != VERB_VERSION && *verb != VERB_DOCUMENT);
    free(here);
    if (draft.faults.len == 0)
        return config;
    *why = buf_take(&draft.faults);
    (*why)[strlen(*why) - 1] = '\0'; /* the last line end */
    config_free(config);
    return NULL;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->permit_count; i++)
        permit_free(config->permits[i]);
    free(config->permits);
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++)
        free(config->zmq[use].list);
    free(config->zmq_clients);
    free(config->publish_tokens);
    free(config->trusted_addresses);
    config_tls_done(config);
    free(config->listen);
    free(config->control);
    free(config->dir);
    routes_free(config->routes);
    settings_free(config->settings);
    free(config);
}
