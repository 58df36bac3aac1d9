/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variables HOLDFAST_<FLAG>, as settings.
 *
 * A list is separated by commas or line ends; HOLDFAST_ROUTE by line ends only,
 * since a route line holds commas.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_ENVIRONMENT_H
#define COMMON_CONFIG_ENVIRONMENT_H

#include "common/settings.h"

/* Notes each variable of `environment` (as environ) that is an option; one that only begins
 * like one is warned of, since container platforms make such variables by themselves. */
void config_environment_read(char *const *environment, struct settings *settings);

#endif
