/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routes: lines of the option, then those of a Pushpin routes file.
 *
 * A line of ours that cannot be followed is a fault. A Pushpin file is taken as it
 * is: what cannot be followed is skipped with a warning, as Pushpin does.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_ROUTES_H
#define COMMON_CONFIG_ROUTES_H

#include "common/config_draft.h"

void config_routes_read(struct draft *draft);

#endif
