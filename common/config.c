/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/config_addresses.h"
#include "common/config_defaults.h"
#include "common/config_environment.h"
#include "common/config_file.h"
#include "common/config_flags.h"
#include "common/config_reading.h"
#include "common/config_routes.h"
#include "common/config_secrets.h"
#include "common/file.h"
#include "common/mem.h"

static void read_limits(struct reading *reading)
{
    for (size_t i = 0; i < limit_row_count; i++) {
        char *field = (char *)&reading->config->limits + limit_rows[i].offset;
        *(uint64_t *)(void *)field = reading_number(reading, OPTION_LIMITS + i, limit_rows[i].unit);
    }
}

static void read_state_dir(struct reading *reading)
{
    struct config *config = reading->config;
    const struct setting *setting = reading_setting(reading, OPTION_state_dir);
    char *path = reading_path(reading, setting->source, reading_text(reading, OPTION_state_dir));

    settings_restate(config->settings, &option_rows[OPTION_state_dir], 0, path);
    config->state_dir = setting->values[0].text;
    free(path);
}

static void read_values(struct reading *reading)
{
    struct config *config = reading->config;

    config->workers = (unsigned)reading_number(reading, OPTION_workers, LIMIT_COUNT);
    config->sig_iss = reading_text(reading, OPTION_sig_iss);
    config->service_id = reading_text(reading, OPTION_service_id);
    config->http2 = reading_bool(reading, OPTION_http2);
    config->log_level = reading_level(reading, OPTION_log_level);
    read_state_dir(reading);
    read_limits(reading);
    config_routes_read(reading);
    config_secrets_read(reading);
    config_addresses_read(reading);
}

static void read_config_file(struct reading *reading, const char *name)
{
    struct config *config = reading->config;
    char *path = reading_path(reading, SOURCE_FLAG, name);

    free(config->dir);
    config->dir = file_dir(path);
    free(path);
    char *why = config_file_read(name, config->settings);
    if (why)
        buf_printf(&reading->faults, "%s\n", why);
    free(why);
}

static void read_sources(struct reading *reading)
{
    config_environment_read(environ, reading->config->settings, &reading->faults);
    const struct setting *file = reading_setting(reading, OPTION_config);
    if (file->count > 0)
        read_config_file(reading, file->values[0].text);
}

struct config *config_read(int argc, char **argv, enum verb *verb, char **why)
{
    struct config *config = mem_new(sizeof(*config));
    struct reading reading = {.config = config};

    config->dir = getcwd(NULL, 0);
    if (!config->dir)
        config->dir = mem_printf("."); /* it was removed: relative paths will tell */
    char *here = mem_printf("%s", config->dir);
    reading.here = here;
    config->settings = settings_new();
    *verb = config_flags_read(argc, argv, config->settings);
    if (*verb != VERB_VERSION && *verb != VERB_DOCUMENT)
        read_sources(&reading);
    config_defaults(config->settings);
    if (reading.faults.len == 0) /* else something is missing: more faults could be false */
        read_values(&reading);
    free(here);
    if (reading.faults.len == 0)
        return config;
    *why = buf_take(&reading.faults);
    config_free(config);
    return NULL;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    free(config->publish_tokens);
    free(config->trusted_addresses);
    free(config->listen);
    free(config->control);
    free(config->dir);
    routes_free(config->routes);
    settings_free(config->settings);
    free(config);
}
