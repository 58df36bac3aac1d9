/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_flags.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/quantity.h"

/* Behind every character: the option's row, then the flags that are no options. */
enum { KEY_ROWS = 256, KEY_LIMIT = 4096, KEY_PRINT_CONFIG, KEY_HELP = 'h' };

struct reading {
    struct settings *settings;
    enum verb verb;
    bool has_verb;
    bool wants_print;
};

static const struct {
    const char *name;
    enum verb verb;
    const char *help; /* NULL: for those who build holdfast */
} verbs[] = {
    {"serve", VERB_SERVE, "take clients and publishers (the default)"},
    {"check", VERB_CHECK, "say whether the configuration is good, and start nothing"},
    {"keys", VERB_KEYS, "print the public key that origins verify Grip-Sig with"},
    {"version", VERB_VERSION, "print the version"},
    {"document", VERB_DOCUMENT, NULL},
};

const char *argp_program_version = "holdfast " HOLDFAST_VERSION;

static void read_verb(struct reading *reading, const char *name, struct argp_state *state)
{
    if (reading->has_verb)
        argp_error(state, "only one verb can be given, and \"%s\" is a second one", name);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(name, verbs[i].name) != 0)
            continue;
        reading->verb = verbs[i].verb;
        reading->has_verb = true;
        return;
    }
    argp_error(state, "there is no verb \"%s\"", name);
}

static void read_limit(struct reading *reading, const char *text, struct argp_state *state)
{
    struct span value = span_of(text);
    struct span name = span_cut(&value, '=');
    const struct option_row *row = option_find("limits", name);

    if (!row) {
        argp_error(state, "--limit: there is no limit \"%.*s\"", LOG_SPAN(name));
        return;
    }
    char *where = mem_printf("--limit %s", row->key);
    settings_put(reading->settings, row, SOURCE_FLAG, value, where);
    free(where);
}

static void read_row(struct reading *reading, const struct option_row *row, const char *text)
{
    char *where = mem_printf("--%s", row->flag);
    settings_put(reading->settings, row, SOURCE_FLAG, span_of(text), where);
    free(where);
}

static error_t on_flag(int key, char *argument, struct argp_state *state)
{
    struct reading *reading = state->input;

    if (key >= KEY_ROWS && key < KEY_ROWS + OPTION_LIMITS)
        read_row(reading, &option_rows[key - KEY_ROWS], argument);
    else if (key == KEY_LIMIT)
        read_limit(reading, argument, state);
    else if (key == KEY_PRINT_CONFIG)
        reading->wants_print = true;
    else if (key == KEY_HELP)
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
    else if (key == ARGP_KEY_ARG)
        read_verb(reading, argument, state);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* Returns: the rows of option_rows that have a flag, with a heading before each group, and the
 * flags that are no options; caller frees. */
static struct argp_option *flags_new(void)
{
    static const struct argp_option others[] = {
        {"limit", KEY_LIMIT, "NAME=VALUE", 0, "Change a limit of the list below", 0},
        {"print-config", KEY_PRINT_CONFIG, NULL, 0,
         "Print each option's value and where it came from, and start nothing", 0},
        {NULL, KEY_HELP, NULL, OPTION_HIDDEN, NULL, -1},
    };
    struct argp_option *flags = mem_new((OPTION_LIMITS * 2 + 5) * sizeof(*flags));
    size_t last = 0;
    int group = 0;
    const char *heading = "";

    for (int i = 0; i < OPTION_LIMITS; i++) {
        const struct option_row *row = &option_rows[i];
        if (strcmp(row->group, heading) != 0)
            flags[last++] = (struct argp_option){.doc = row->group, .group = ++group};
        heading = row->group;
        flags[last++] = (struct argp_option){.name = row->flag,
                                             .key = KEY_ROWS + i,
                                             .arg = row->argument,
                                             .doc = row->help,
                                             .group = group};
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        flags[last] = others[i];
        flags[last++].group += group;
    }
    return flags;
}

/* Returns: what --help shows around the flags; caller frees. */
static char *help_text(void)
{
    struct buf text = {0};

    buf_printf(&text, "A self-hosted GRIP broker: origins answer with instructions, clients are "
                      "held, publishers reach them.\v");
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (verbs[i].help)
            buf_printf(&text, "%s  %-8s  %s\n", i ? "" : "Verbs:\n", verbs[i].name, verbs[i].help);
    }
    buf_printf(&text, "\nLimits (--limit NAME=VALUE), their defaults and what happens beyond:\n");
    for (size_t i = 0; i < limit_row_count; i++) {
        char *fallback = quantity_text(limit_rows[i].fallback, limit_rows[i].unit);
        buf_printf(&text, "  %-20s  %-8s  %s\n", limit_rows[i].name, fallback,
                   limit_rows[i].beyond);
        free(fallback);
    }
    buf_printf(&text, "\nEach flag is also a variable: --listen is HOLDFAST_LISTEN, "
                      "--limit backlog_items is HOLDFAST_LIMIT_BACKLOG_ITEMS. Flags win over "
                      "variables, variables over the file.");
    return buf_take(&text);
}

enum verb config_flags_read(int argc, char **argv, struct settings *settings)
{
    struct reading reading = {.settings = settings, .verb = VERB_SERVE};
    struct argp_option *flags = flags_new();
    char *help = help_text();
    struct argp argp = {.options = flags, .parser = on_flag, .args_doc = "[VERB]", .doc = help};

    argp_parse(&argp, argc, argv, 0, NULL, &reading);
    free(help);
    free(flags);
    return reading.wants_print ? VERB_PRINT_CONFIG : reading.verb;
}
