/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the words and flags of `holdfast publish` mean together.
 *
 *     CONTENT - and --id x       a chain of messages x-1, x-2, ...
 *     CONTENT @x                 a file; --text: these two characters
 *     no --spec                  GRIP_URL, or the usual port on this machine
 *
 * Thread: main's.
 */
#ifndef PUBLISHER_COMMAND_SETTLE_H
#define PUBLISHER_COMMAND_SETTLE_H

#include "common/base.h"
#include "publisher/command_line.h"

/* Takes: `text`. */
void command_add_server(struct command_servers *servers, char *text);

/* Borrows: both, as long as the pairs are. */
void command_add_pair(struct command_pairs *pairs, struct span name, struct span value);

/* Completes `line`, whose flags are read. Each text may be NULL for one that was not given.
 * Borrows: the texts, as long as the line is.
 * Returns: NULL, or the sentence that says what does not go together. */
MUST_USE const char *command_settle(struct command_line *line, const char *channel,
                                    const char *content, const char *grip_url);

#endif
