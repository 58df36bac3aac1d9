/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of `holdfast publish`, through argp.
 *
 *     holdfast publish [OPTION...] CHANNEL [CONTENT]
 *                                           │
 *              words, @FILE, @- or - ───────┘
 *
 * Its options (command.def) are those of pushpin-publish, and more. They are no
 * part of the broker's configuration: no file and no HOLDFAST_ variable is read,
 * only GRIP_URL. A secret that was given as an argument is written over, so that
 * it stands in the list of processes no longer than it must.
 *
 * Thread: main's.
 * Spec:   GRIP 10.7; docs/publishing.md.
 */
#ifndef PUBLISHER_COMMAND_LINE_H
#define PUBLISHER_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "publisher/publication.h"
#include "publisher/sender.h"

/* Where the content comes from. */
enum command_source {
    SOURCE_NONE,  /* an action has none */
    SOURCE_WORDS, /* from the argument itself */
    SOURCE_FILE,  /* @PATH, or @- for the whole of standard input */
    SOURCE_LINES, /* -: each line of standard input is a message */
};

struct command_pairs {
    struct header *at; /* owned */
    size_t count;
};

struct command_servers {
    char **at; /* owned, each of them too; as --spec or GRIP_URL told them */
    size_t count;
};

/* Texts are borrowed from the command line but where it says "owned". */
struct command_line {
    struct sender_rules rules;
    struct publication message; /* without its content */
    struct command_pairs headers, meta;
    struct command_servers servers;
    enum command_source source;
    const char *content; /* the words, or the path of SOURCE_FILE */
    const char *id, *sender, *cert;
    const char *zmq_server_key, *zmq_key; /* the latter is a path */
    char *user, *bearer;                  /* owned; for each server, or NULL */
    char *proxy;                          /* owned; its password is a secret too */
    char *cert_file;                      /* owned; of --cert FILE,KEYFILE */
    bool is_text, has_no_eol, is_quiet, has_progress;
};

/* Reads it into `line`; command_line_done() frees. --help and faults are argp's, which ends the
 * process, with status 2 for a fault.
 * `grip_url` is the environment's, or NULL. */
void command_line_read(int argc, char **argv, const char *grip_url, struct command_line *line);

void command_line_done(struct command_line *line);

#endif
