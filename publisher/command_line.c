/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/command_line.h"

#include <argp.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/quantity.h"
#include "publisher/command_settle.h"

enum {
    USAGE_STATUS = 2,
    BATCH_MOST = 10000, /* publish_items of a broker */
    CODE_MOST = 4999,   /* of WebSockets; a server knows which are HTTP's */
    TIME_MOST_MS = 86400000,
    KEY_ROWS = 256, /* behind every character: the flag's row */
};

enum group { GROUP_SERVERS = 1, GROUP_CONTENT, GROUP_ORDER, GROUP_TRYING, GROUP_TELLING };

enum kind {
    KIND_YES,
    KIND_WORDS,
    KIND_TEXT,
    KIND_SECRET,
    KIND_SERVER,
    KIND_HEADER,
    KIND_META,
    KIND_FORMAT,
    KIND_NUMBER,
    KIND_SIZE,
    KIND_TIME,
    KIND_HINT,
    KIND_CLOSE,
    KIND_REFRESH,
};

struct row {
    struct argp_option option; /* its key is a letter, or 0 */
    enum kind kind;
    size_t place; /* in struct command_line */
};

static const struct row rows[] = {
#define FLAG(name, letter, argument, kind, place, group, help)                                     \
    {{name, letter, argument, 0, help, GROUP_##group},                                             \
     KIND_##kind,                                                                                  \
     offsetof(struct command_line, place)},
#include "publisher/command.def"
};

/* Rows without a name are headings. */
static const struct argp_option headings[] = {
    {.doc = "Servers", .group = GROUP_SERVERS},
    {.doc = "Content", .group = GROUP_CONTENT},
    {.doc = "Order and duplicates", .group = GROUP_ORDER},
    {.doc = "Trying", .group = GROUP_TRYING},
    {.doc = "Telling", .group = GROUP_TELLING},
    {NULL, 'h', NULL, OPTION_HIDDEN, NULL, -1},
};

static const char about[] =
    "Publish CONTENT to whoever is subscribed to CHANNEL. @FILE publishes a file as it is, @- all "
    "of standard input; - publishes each line of standard input as a message of its own, in order."
    "\vExit status: 0 each server took everything; 1 a server refused something, and would again; "
    "2 the command line, GRIP_URL or the input is at fault; 3 a server could not be reached, or "
    "did not answer, in time. ZeroMQ (tcp://, ipc://) has no answers: 0 then means that a peer was "
    "connected and everything was handed to it; 3 that nobody connected.\n\nSecrets are best kept "
    "off the command line: in GRIP_URL, or in "
    "a file (key=file:PATH, --bearer file:PATH).";

/* What argp hands to on_flag(). */
struct parse {
    struct command_line *line;
    const char *channel, *content, *grip_url;
};

/* NOLINTBEGIN(concurrency-mt-unsafe): argp may end the process; there are no other threads. */

/* ---- values ---- */

static void wipe(char *secret)
{
    if (secret)
        OPENSSL_cleanse(secret, strlen(secret));
    free(secret);
}

/* Returns: a copy, caller frees; the argument itself is written over. */
static char *take_secret(char *argument)
{
    size_t len = strlen(argument);
    char *copy = mem_copy(argument, len);
    memset(argument, '*', len);
    return copy;
}

static void read_pair(struct command_pairs *pairs, const char *text, char separator,
                      struct argp_state *state)
{
    struct span value = span_of(text);
    struct span name = span_trim(span_cut(&value, separator));
    if (!name.len || !strchr(text, separator))
        argp_error(state, "\"%s\" is not NAME%cVALUE", text, separator);
    command_add_pair(pairs, name, separator == ':' ? span_trim(value) : value);
}

static uint64_t read_number(const struct row *row, const char *text, uint64_t most,
                            struct argp_state *state)
{
    uint64_t number = 0;
    if (!quantity_read(span_of(text), LIMIT_COUNT, &number) || number < 1 || number > most)
        argp_error(state, "--%s: \"%s\" is not a number from 1 to %u", row->option.name, text,
                   (unsigned)most);
    return number;
}

/* A plain number would be milliseconds, which surprises those who think in seconds. */
static uint64_t read_time(const struct row *row, const char *text, struct argp_state *state)
{
    uint64_t time_ms = 0;
    size_t len = strlen(text);
    bool has_unit = len && (text[len - 1] < '0' || text[len - 1] > '9');
    if (!has_unit || !quantity_read(span_of(text), LIMIT_MS, &time_ms) || time_ms > TIME_MOST_MS)
        argp_error(state, "--%s: \"%s\" is not a time such as 9s, 500ms or 5min", row->option.name,
                   text);
    return time_ms;
}

static unsigned read_format(const char *text, struct argp_state *state)
{
    for (unsigned kind = 0; kind < FORMAT_COUNT; kind++)
        if (strcmp(text, format_name(kind)) == 0)
            return 1U << kind;
    argp_error(state, "--format: \"%s\" is none: http-response, http-stream or ws-message", text);
    return 0;
}

static void set_action(enum action *place, enum action action, struct argp_state *state)
{
    if (*place != ACTION_SEND && *place != action)
        argp_error(state, "only one of --hint, --close and --refresh can be given");
    *place = action;
}

static void read_row(struct command_line *line, const struct row *row, char *argument,
                     struct argp_state *state)
{
    void *place = (char *)line + row->place;
    switch (row->kind) {
    case KIND_YES:
        *(bool *)place = true;
        return;
    case KIND_WORDS:
        *(const char **)place = argument;
        return;
    case KIND_TEXT:
        *(struct span *)place = span_of(argument);
        return;
    case KIND_SECRET:
        wipe(*(char **)place);
        *(char **)place = take_secret(argument);
        return;
    case KIND_SERVER:
        command_add_server(place, take_secret(argument));
        return;
    case KIND_HEADER:
    case KIND_META:
        read_pair(place, argument, row->kind == KIND_HEADER ? ':' : '=', state);
        return;
    case KIND_FORMAT:
        *(unsigned *)place |= read_format(argument, state);
        return;
    case KIND_NUMBER:
        *(unsigned *)place = (unsigned)read_number(row, argument, CODE_MOST, state);
        return;
    case KIND_SIZE:
        *(size_t *)place = read_number(row, argument, BATCH_MOST, state);
        return;
    case KIND_TIME:
        *(uint64_t *)place = read_time(row, argument, state);
        return;
    case KIND_HINT:
    case KIND_CLOSE:
    case KIND_REFRESH:
        set_action(place, ACTION_HINT + (row->kind - KIND_HINT), state);
        return;
    }
}

/* ---- the whole ---- */

static void settle(const struct parse *parse, struct argp_state *state)
{
    const char *why = command_settle(parse->line, parse->channel, parse->content, parse->grip_url);
    if (why)
        argp_error(state, "%s", why);
}

static void take_argument(struct parse *parse, const char *argument, struct argp_state *state)
{
    if (!parse->channel)
        parse->channel = argument;
    else if (!parse->content)
        parse->content = argument;
    else
        argp_error(state, "\"%s\" is one argument too many: put CONTENT of several words in quotes",
                   argument);
}

static const struct row *find_row(int key)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (key == (rows[i].option.key ? rows[i].option.key : KEY_ROWS + (int)i))
            return &rows[i];
    return NULL;
}

static error_t on_flag(int key, char *argument, struct argp_state *state)
{
    struct parse *parse = state->input;
    const struct row *row = find_row(key);
    if (row)
        read_row(parse->line, row, argument, state);
    else if (key == 'h')
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
    else if (key == ARGP_KEY_ARG)
        take_argument(parse, argument, state);
    else if (key == ARGP_KEY_END)
        settle(parse, state);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

void command_line_read(int argc, char **argv, const char *grip_url, struct command_line *line)
{
    struct argp_option options[ARRAY_LEN(headings) + ARRAY_LEN(rows) + 1] = {0};
    struct argp argp = {
        .options = options, .parser = on_flag, .args_doc = "CHANNEL [CONTENT]", .doc = about};
    struct parse parse = {.line = line, .grip_url = grip_url};

    memcpy(options, headings, sizeof(headings));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct argp_option *option = &options[ARRAY_LEN(headings) + i];
        *option = rows[i].option;
        option->key = option->key ? option->key : KEY_ROWS + (int)i;
    }
    argp_err_exit_status = USAGE_STATUS;
    *line = (struct command_line){0};
    line->rules = sender_usual();
    argp_parse(&argp, argc, argv, 0, NULL, &parse);
}

/* NOLINTEND(concurrency-mt-unsafe) */

void command_line_done(struct command_line *line)
{
    for (size_t i = 0; i < line->servers.count; i++)
        wipe(line->servers.at[i]);
    free(line->servers.at);
    free(line->cert_file);
    free(line->headers.at);
    free(line->meta.at);
    wipe(line->user);
    wipe(line->bearer);
    wipe(line->proxy);
}
