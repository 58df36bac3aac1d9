/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/mem.h"
#include "publisher/command_line.h"
#include "publisher/command_zmq.h"
#include "publisher/lines.h"
#include "publisher/progress.h"

enum status {
    STATUS_TAKEN,
    STATUS_REFUSED,
    STATUS_AT_FAULT,
    STATUS_SILENT,
};

enum { TURN_MS = 1000 };

struct command {
    struct command_line line;
    struct command_zmq zmq;
    struct sender *sender;
    struct progress progress;
    enum status status; /* of what went wrong on this side */
    bool is_stuck;      /* what counted as taken never left */
};

/* The signal that came, 0 for none. */
static volatile sig_atomic_t asked_to_end;

/* ---- what goes wrong ---- */

/* Takes: `why`. */
static void complain(struct command *command, char *why)
{
    progress_make_way(&command->progress);
    (void)fprintf(stderr, "holdfast: %s\n", why);
    free(why);
}

/* Takes: `why`. */
static void blame_input(struct command *command, char *why)
{
    complain(command, why);
    command->status = STATUS_AT_FAULT;
}

static void on_end(void *context, const char *why)
{
    complain(context, mem_printf("%s", why));
}

static void on_doubt(void *context, bool has_left, const char *why)
{
    struct command *command = context;
    complain(command, mem_printf("%s", why));
    command->is_stuck = command->is_stuck || !has_left;
}

/* ---- servers ---- */

/* Lets --bearer or --user stand for what the URL says. */
static void override(struct gripurl *url, const struct command_line *line)
{
    if (line->bearer) {
        gripurl_set_bearer(url, line->bearer);
    } else if (line->user) {
        struct span password = span_of(line->user);
        struct span user = span_cut(&password, ':');
        gripurl_set_basic(url, user, password);
    }
}

/* Returns: false with `*why` set. */
static bool add_server(struct command *command, const char *spec, char **why)
{
    if (command_zmq_is_meant(spec))
        return command_zmq_add(&command->zmq, command->sender, spec, why);
    struct gripurl *url = gripurl_read(spec, why);
    if (url)
        override(url, &command->line);
    return url && sender_add_url(command->sender, &url, why);
}

static void add_servers(struct command *command)
{
    const struct command_line *line = &command->line;
    char *fault = NULL;
    if (!command_zmq_read(&command->zmq, line, on_doubt, command, &fault)) {
        blame_input(command, fault);
        return;
    }
    for (size_t i = 0; i < line->servers.count; i++) {
        char *why = NULL;
        if (add_server(command, line->servers.at[i], &why))
            continue;
        blame_input(command, line->servers.count == 1
                                 ? mem_printf("GRIP_URL or --spec: %s", why)
                                 : mem_printf("GRIP_URL or --spec, URL %zu: %s", i + 1, why));
        free(why);
    }
}

/* ---- contents ---- */

static void put(struct command *command, struct span content, const char *whose)
{
    struct publication message = command->line.message;
    char *why = NULL;
    message.content = content;
    if (!sender_put(command->sender, &message, &why)) {
        blame_input(command, mem_printf("%s%s", whose, why));
        free(why);
    }
}

/* Reads all that `fd` has.
 * Returns: false with `*why` set. */
static bool read_all(int fd, struct buf *out, char **why)
{
    for (;;) {
        ssize_t len = read(fd, buf_reserve(out, 65536), 65536);
        if (len == 0)
            return true;
        if (len < 0 && errno == EINTR && !asked_to_end)
            continue;
        if (len < 0) {
            *why = mem_printf("%s", strerrordesc_np(errno));
            return false;
        }
        out->len += (size_t)len;
        if (out->len > LINE_MOST_BYTES) {
            *why = mem_printf("it is longer than %d bytes", LINE_MOST_BYTES);
            return false;
        }
    }
}

static void put_file(struct command *command, const char *path)
{
    struct buf content = {0};
    char *why = NULL;
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read_all(fd, &content, &why))
        put(command, buf_span(&content), "");
    else
        blame_input(command,
                    mem_printf("cannot read '%s': %s", path, why ? why : strerrordesc_np(errno)));
    if (fd >= 0 && !is_stdin)
        (void)close(fd);
    buf_done(&content);
    free(why);
}

/* ---- lines ---- */

static void put_lines(struct command *command, struct lines *lines, uint64_t *count)
{
    struct span line;
    while (command->status == STATUS_TAKEN && sender_has_room(command->sender) &&
           lines_next(lines, &line)) {
        char *whose = mem_printf("line %llu: ", (unsigned long long)++*count);
        put(command, line, whose);
        free(whose);
    }
}

static void fill(struct command *command, struct lines *lines)
{
    char *why = NULL;
    if (!lines_fill(lines, &why))
        blame_input(command, why);
}

/* One turn: sends what it can, and reads where there is room for more.
 * Returns: false where nothing more is to be read. */
static bool turn(struct command *command, struct lines *lines, uint64_t *count)
{
    put_lines(command, lines, count);
    bool has_room = sender_has_room(command->sender);
    bool wants_more = has_room && !lines->has_ended && !asked_to_end;
    if (command->status != STATUS_TAKEN || (has_room && !wants_more))
        return false;
    if (sender_turn(command->sender, wants_more ? lines->fd : -1, TURN_MS) && wants_more)
        fill(command, lines);
    return true;
}

static void tell_progress(struct command *command)
{
    sender_tell_ends(command->sender, on_end, command);
    progress_show(&command->progress, sender_taken(command->sender), clock_monotonic_ms());
}

static void put_stream(struct command *command)
{
    struct lines lines;
    uint64_t count = 0;
    lines_init(&lines, STDIN_FILENO);
    while (turn(command, &lines, &count) && sender_has_anyone(command->sender))
        tell_progress(command);
    lines_done(&lines);
}

/* ---- the whole ---- */

static void on_signal(int number)
{
    asked_to_end = number;
    (void)signal(number, SIG_DFL); /* whoever asks again does not want to wait */
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART: waits end */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void put_content(struct command *command)
{
    switch (command->line.source) {
    case SOURCE_NONE:
        put(command, SPAN(""), "");
        return;
    case SOURCE_WORDS:
        put(command, span_of(command->line.content), "");
        return;
    case SOURCE_FILE:
        put_file(command, command->line.content);
        return;
    case SOURCE_LINES:
        catch_signals();
        put_stream(command);
        return;
    }
}

static void begin_progress(struct command *command)
{
    const struct command_line *line = &command->line;
    bool is_terminal = isatty(STDERR_FILENO);
    bool is_watched = line->source == SOURCE_LINES && is_terminal && !isatty(STDIN_FILENO);
    FILE *out = line->has_progress || (is_watched && !line->is_quiet) ? stderr : NULL;
    progress_begin(&command->progress, out, is_terminal, clock_monotonic_ms());
    command->progress.is_asked = line->has_progress;
}

/* Sends all that was put in.
 * Returns: the exit status. */
static enum status finish(struct command *command)
{
    enum sender_result result;
    while ((result = sender_flush(command->sender, TURN_MS)) == SENDER_BUSY)
        tell_progress(command);
    sender_tell_ends(command->sender, on_end, command);
    progress_end(&command->progress, sender_taken(command->sender), clock_monotonic_ms());
    if (command->status != STATUS_TAKEN)
        return command->status;
    return result == SENDER_TAKEN     ? STATUS_TAKEN
           : result == SENDER_REFUSED ? STATUS_REFUSED
                                      : STATUS_SILENT;
}

static enum status publish(struct command *command)
{
    command->sender = sender_new(&command->line.rules);
    begin_progress(command);
    add_servers(command);
    if (command->status == STATUS_TAKEN)
        put_content(command);
    enum status status = finish(command);
    sender_free(command->sender); /* may have to linger */
    command_zmq_done(&command->zmq);
    if (status == STATUS_TAKEN && command->is_stuck)
        status = STATUS_SILENT;
    if (status == STATUS_TAKEN && command->line.source != SOURCE_LINES && !command->line.is_quiet)
        (void)puts("Published");
    return status;
}

int command_publish(int argc, char **argv)
{
    struct command command = {0};
    char name[] = "holdfast publish";
    argv[0] = name;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no other threads. */
    command_line_read(argc, argv, getenv("GRIP_URL"), &command.line);
    (void)curl_global_init(CURL_GLOBAL_ALL);
    enum status status = publish(&command);
    curl_global_cleanup();
    command_line_done(&command.line);
    if (asked_to_end && status == STATUS_TAKEN)
        (void)raise(asked_to_end);
    return (int)status;
}
