/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `holdfast publish`: from a command line to what the shell is told.
 *
 *     words, a file, standard input ─► sender ─► servers
 *                                        │
 *              exit status, sentences ◄──┘
 *
 * Lines are read no faster than the slowest server takes them. The first SIGINT
 * or SIGTERM ends the reading; what was read is still sent. The second one ends
 * the process.
 *
 * Thread: main's.
 * Spec:   GRIP 10.7; docs/publishing.md.
 */
#ifndef PUBLISHER_COMMAND_H
#define PUBLISHER_COMMAND_H

/* `argv` begins with "publish".
 * Returns: the exit status: 0 all taken, 1 refused, 2 at fault itself, 3 not answered in time. */
int command_publish(int argc, char **argv);

#endif
