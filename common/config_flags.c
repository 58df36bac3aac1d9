/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_flags.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Behind every character: the option's row, then the flags that are no options. */
enum { KEY_ROWS = 256, KEY_LIMIT = 4096, KEY_PRINT_CONFIG, KEY_HELP = 'h' };

/* What the line says, beside its settings. */
struct command {
    struct settings *settings;
    enum verb verb;
    bool has_verb;
    bool wants_print;
};

static const struct {
    const char *name;
    enum verb verb;
} verbs[] = {
#define VERB(name, id, help) {#name, VERB_##id},
#include "common/verbs.def"
};

/* Rows without a name are headings, OPTION_DOC rows only text. */
static const struct argp_option flags[] = {
    {.doc = "Verbs", .group = GROUP_VERBS},
    {.doc = "Sources", .group = GROUP_SOURCES},
    {.doc = "Addresses", .group = GROUP_ADDRESSES},
    {.doc = "Routes", .group = GROUP_ROUTES},
    {.doc = "Origins", .group = GROUP_ORIGINS},
    {.doc = "Publishing", .group = GROUP_PUBLISHING},
    {.doc = "ZeroMQ", .group = GROUP_ZMQ},
    {.doc = "Running", .group = GROUP_RUNNING},
    {.doc = "Limits, their defaults, and what happens beyond them", .group = GROUP_LIMITS},
#define OPTION(key, flag, argument, shape, kind, fallback, least, most, group, help)               \
    {flag, KEY_ROWS + OPTION_##key, argument, 0, help, GROUP_##group},
#include "common/options.def"
#define LIMIT(name, fallback, least, most, unit, beyond)                                           \
    {#name "=" #fallback, 0, NULL, OPTION_DOC, beyond, GROUP_LIMITS},
#include "common/limits.def"
#define VERB(name, id, help) {"holdfast " #name, 0, NULL, OPTION_DOC, help, GROUP_VERBS},
#include "common/verbs.def"
    {"limit", KEY_LIMIT, "NAME=VALUE", 0, "Change one of these limits", GROUP_LIMITS},
    {"print-config", KEY_PRINT_CONFIG, NULL, 0,
     "Print each option's value and where it came from, and start nothing", GROUP_RUNNING},
    {NULL, KEY_HELP, NULL, OPTION_HIDDEN, NULL, -1},
    {0},
};

static const char about[] =
    "A self-hosted GRIP broker: origins answer requests with instructions, clients are held, "
    "publishers reach them.\v"
    "Each flag is also a variable: --listen is HOLDFAST_LISTEN, --limit backlog_items is "
    "HOLDFAST_LIMIT_BACKLOG_ITEMS. Flags win over variables, variables over the file.";

const char *argp_program_version = "holdfast " HOLDFAST_VERSION;

/* NOLINTBEGIN(concurrency-mt-unsafe): argp may end the process; there are no other threads yet. */

static void read_verb(struct command *command, const char *name, struct argp_state *state)
{
    if (command->has_verb)
        argp_error(state, "only one verb can be given, and \"%s\" is a second one", name);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(name, verbs[i].name) != 0)
            continue;
        command->verb = verbs[i].verb;
        command->has_verb = true;
        return;
    }
    argp_error(state, "there is no verb \"%s\"", name);
}

static void read_limit(struct command *command, const char *text, struct argp_state *state)
{
    struct span value = span_of(text);
    struct span name = span_cut(&value, '=');
    const struct option_row *row = option_find("limits", name);

    if (!row) {
        argp_error(state, "--limit: there is no limit \"%.*s\"", LOG_SPAN(name));
        return;
    }
    char *where = mem_printf("--limit %s", row->key);
    settings_put(command->settings, row, SOURCE_FLAG, value, where);
    free(where);
}

static void read_row(struct command *command, const struct option_row *row, const char *text)
{
    char *where = mem_printf("--%s", row->flag);
    settings_put(command->settings, row, SOURCE_FLAG, span_of(text), where);
    free(where);
}

static error_t on_flag(int key, char *argument, struct argp_state *state)
{
    struct command *command = state->input;

    if (key >= KEY_ROWS && key < KEY_ROWS + OPTION_LIMITS)
        read_row(command, &option_rows[key - KEY_ROWS], argument);
    else if (key == KEY_LIMIT)
        read_limit(command, argument, state);
    else if (key == KEY_PRINT_CONFIG)
        command->wants_print = true;
    else if (key == KEY_HELP)
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
    else if (key == ARGP_KEY_ARG)
        read_verb(command, argument, state);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

enum verb config_flags_read(int argc, char **argv, struct settings *settings)
{
    struct command command = {.settings = settings, .verb = VERB_SERVE};
    struct argp argp = {.options = flags, .parser = on_flag, .args_doc = "[VERB]", .doc = about};

    argp_parse(&argp, argc, argv, 0, NULL, &command);
    return command.wants_print ? VERB_PRINT_CONFIG : command.verb;
}

/* NOLINTEND(concurrency-mt-unsafe) */
