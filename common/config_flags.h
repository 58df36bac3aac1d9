/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line, through argp: holdfast [VERB] [FLAGS].
 *
 * argp's table is made from the option table, so that --help, the flags and the
 * documents cannot differ.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_FLAGS_H
#define COMMON_CONFIG_FLAGS_H

#include "common/config.h"
#include "common/settings.h"

/* Notes each flag in `settings`. --help and usage errors are argp's, which ends the process.
 * Returns: what was asked for. */
enum verb config_flags_read(int argc, char **argv, struct settings *settings);

#endif
