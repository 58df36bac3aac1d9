/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands for an option that nobody set.
 *
 * Most defaults are a column of the option table; the rest depends on the machine
 * (cores, state directory) or on other options (listen, routes).
 *
 * Thread: main, before the others start (the environment is read).
 */
#ifndef COMMON_CONFIG_DEFAULTS_H
#define COMMON_CONFIG_DEFAULTS_H

#include "common/settings.h"

/* Notes the default of each option but listen. */
void config_defaults(struct settings *settings);

/* Notes the default of listen, whose host depends on the routes. */
void config_default_listen(struct settings *settings, const char *host);

#endif
