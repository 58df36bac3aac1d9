/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cidr.h"
#include "common/config_defaults.h"
#include "common/config_environment.h"
#include "common/config_file.h"
#include "common/config_flags.h"
#include "common/config_reading.h"
#include "common/file.h"
#include "common/mem.h"

/* What the config owns is const for everybody else. */
static void free_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

static void read_limits(struct reading *reading)
{
    for (size_t i = 0; i < limit_row_count; i++) {
        char *field = (char *)&reading->config->limits + limit_rows[i].offset;
        *(uint64_t *)(void *)field = setting_number(reading, OPTION_LIMITS + i, limit_rows[i].unit);
    }
}

/* Routes. */

static void read_routes(struct reading *reading)
{
    const struct setting *setting = reading_setting(reading, OPTION_routes);

    for (size_t i = 0; i < setting->count; i++) {
        const struct value *value = &setting->values[i];
        size_t before = routes_count(reading->config->routes);
        char *why = routes_add(reading->config->routes, span_of(value->text));
        if (!why && routes_count(reading->config->routes) == before)
            why = mem_printf("the line is empty");
        if (why)
            reading_fault_text(reading, &option_rows[OPTION_routes], value, why);
    }
}

/* A Pushpin file is taken as it is: what cannot be followed is skipped, as Pushpin does. */
static void read_routes_file(struct reading *reading)
{
    const struct setting *setting = reading_setting(reading, OPTION_routes_file);
    if (setting->count == 0)
        return;

    char *path = reading_path(reading, setting->source, setting->values[0].text);
    char *why = NULL;
    size_t len;
    char *text = file_read(path, &len, &why);
    if (!text) {
        reading_fault_text(reading, &option_rows[OPTION_routes_file], setting->values,
                           mem_printf("%s: %s", path, why));
    } else {
        struct span rest = span(text, len);
        for (unsigned line = 1; rest.len; line++) {
            char *wrong = routes_add(reading->config->routes, span_cut(&rest, '\n'));
            if (wrong)
                log_warn("%s:%u: %s; the line is skipped", path, line, wrong);
            free(wrong);
        }
    }
    free(why);
    free(text);
    free(path);
}

/* Addresses. */

static void read_addresses(struct reading *reading, enum option_id id, const char *host,
                           struct address **list, size_t *count)
{
    const struct setting *setting = reading_setting(reading, id);

    *list = mem_new(setting->count * sizeof(**list));
    for (size_t i = 0; i < setting->count; i++) {
        const struct value *value = &setting->values[i];
        const char *why = address_read(&(*list)[*count], span_of(value->text), host);
        if (why)
            reading_fault_text(
                reading, &option_rows[id], value,
                mem_printf("\"%s\" is no address to listen on: %s", value->text, why));
        else
            (*count)++;
    }
}

static bool stands_in(const struct address *address, const struct address *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (address_equal(address, &list[i]))
            return true;
    }
    return false;
}

static void check_twice(struct reading *reading)
{
    const struct config *config = reading->config;

    for (size_t i = 0; i < config->listen_count + config->control_count; i++) {
        size_t clients = i < config->listen_count ? i : config->listen_count;
        size_t publishers = i - clients;
        const struct address *address =
            i < config->listen_count ? &config->listen[i] : &config->control[publishers];
        if (stands_in(address, config->listen, clients) ||
            stands_in(address, config->control, publishers))
            buf_printf(&reading->faults, "%s stands twice among listen and control\n",
                       address->text);
    }
}

/* Whoever reaches the control listener may publish, unless a token says who may. */
static void check_control(struct reading *reading)
{
    const struct config *config = reading->config;

    if (reading_setting(reading, OPTION_publish_tokens)->count > 0)
        return;
    for (size_t i = 0; i < config->control_count; i++) {
        if (!address_is_loopback(&config->control[i]))
            buf_printf(&reading->faults,
                       "control: other machines can reach %s, and without a publish token all of "
                       "them may publish: set one (--publish-token file:PATH, or publish_tokens "
                       "in the file), or listen on 127.0.0.1 only\n",
                       config->control[i].text);
    }
}

/* Lists of texts. */

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

/* Returns: the token of one value, with "file:" read, or NULL with the fault noted. */
static char *read_token(struct reading *reading, enum source source, const struct value *value)
{
    const struct option_row *row = &option_rows[OPTION_publish_tokens];
    struct span text = span_of(value->text);
    char *bytes = NULL;

    if (span_starts(text, SPAN("file:"))) {
        size_t len;
        char *why = NULL;
        char *path = reading_path(reading, source, value->text + 5);
        bytes = file_read(path, &len, &why);
        if (!bytes)
            reading_fault_text(reading, row, value, mem_printf("%s: %s", path, why));
        free(why);
        free(path);
        if (!bytes)
            return NULL;
        text = span(bytes, strcspn(bytes, "\r\n"));
    }
    text = span_trim(text);
    const char *wrong = token_fault(text);
    if (wrong)
        reading_fault(reading, row, value, wrong);
    char *token = wrong ? NULL : mem_copy(text.at, text.len);
    free(bytes);
    return token;
}

static void read_tokens(struct reading *reading)
{
    struct config *config = reading->config;
    const struct setting *setting = reading_setting(reading, OPTION_publish_tokens);

    config->publish_tokens = mem_new(setting->count * sizeof(char *));
    for (size_t i = 0; i < setting->count; i++) {
        char *token = read_token(reading, setting->source, &setting->values[i]);
        if (token)
            config->publish_tokens[config->publish_token_count++] = token;
    }
}

static void read_trusted(struct reading *reading)
{
    struct config *config = reading->config;
    const struct setting *setting = reading_setting(reading, OPTION_trusted_addresses);

    config->trusted_addresses = mem_new(setting->count * sizeof(char *));
    for (size_t i = 0; i < setting->count; i++) {
        const struct value *value = &setting->values[i];
        const char *why = cidr_check(value->text);
        if (why)
            reading_fault_text(reading, &option_rows[OPTION_trusted_addresses], value,
                               mem_printf("\"%s\": %s", value->text, why));
        else
            config->trusted_addresses[config->trusted_address_count++] = value->text;
    }
}

/* A key file named by a flag or a variable is relative to the working directory, not to `dir`. */
static char *read_sig_key(struct reading *reading)
{
    const char *text = reading_text(reading, OPTION_sig_key);
    enum source source = reading_setting(reading, OPTION_sig_key)->source;

    if (strncmp(text, "file:", 5) != 0 || text[5] == '/' || source == SOURCE_FILE)
        return mem_copy(text, strlen(text));
    char *here = getcwd(NULL, 0);
    char *key = mem_printf("file:%s/%s", here ? here : ".", text + 5);
    free(here);
    return key;
}

static void read_values(struct reading *reading)
{
    struct config *config = reading->config;

    config->workers = (unsigned)setting_number(reading, OPTION_workers, LIMIT_COUNT);
    config->sig_key = read_sig_key(reading);
    config->sig_iss = reading_text(reading, OPTION_sig_iss);
    config->state_dir = reading_path(reading, reading_setting(reading, OPTION_state_dir)->source,
                                     reading_text(reading, OPTION_state_dir));
    config->service_id = reading_text(reading, OPTION_service_id);
    config->http2 = reading_bool(reading, OPTION_http2);
    config->log_level = reading_level(reading, OPTION_log_level);
    read_limits(reading);
    read_routes(reading);
    read_routes_file(reading);
    read_tokens(reading);
    read_trusted(reading);

    /* The demo is for trying, so it is for this machine; a route is for serving. */
    const char *host = routes_lead_out(config->routes) ? "*" : "127.0.0.1";
    config_default_listen(config->settings, host);
    read_addresses(reading, OPTION_listen, host, &config->listen, &config->listen_count);
    read_addresses(reading, OPTION_control, "127.0.0.1", &config->control, &config->control_count);
    check_twice(reading);
    check_control(reading);
}

/* Returns: the directory of `path`; caller frees. */
static char *dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mem_printf(".");
    return mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

static void read_sources(struct config *config, struct buf *faults)
{
    config_environment_read(environ, config->settings);
    const struct setting *file = settings_get(config->settings, &option_rows[OPTION_config]);
    if (file->count == 0)
        return;
    free_text(config->dir);
    config->dir = dir_of(file->values[0].text);
    char *why = config_file_read(file->values[0].text, config->settings);
    if (why)
        buf_printf(faults, "%s\n", why);
    free(why);
}

struct config *config_read(int argc, char **argv, enum verb *verb, char **why)
{
    struct config *config = mem_new(sizeof(*config));
    struct reading reading = {.config = config};

    config->settings = settings_new();
    config->routes = routes_new();
    config->dir = mem_printf(".");
    *verb = config_flags_read(argc, argv, config->settings);
    if (*verb != VERB_VERSION && *verb != VERB_DOCUMENT)
        read_sources(config, &reading.faults);
    config_defaults(config->settings);
    reading.settings = config->settings;
    reading.dir = config->dir;
    if (reading.faults.len ==
        0) /* else what the file says is missing: more faults would be false */
        read_values(&reading);
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
    for (size_t i = 0; i < config->publish_token_count; i++)
        free_text(config->publish_tokens[i]);
    free(config->publish_tokens);
    free(config->trusted_addresses);
    free(config->listen);
    free(config->control);
    free_text(config->sig_key);
    free_text(config->state_dir);
    free_text(config->dir);
    routes_free(config->routes);
    settings_free(config->settings);
    free(config);
}
