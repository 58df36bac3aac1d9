/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variables HOLDFAST_<FLAG>, as settings.
 *
 * A list is separated by commas or line ends; HOLDFAST_ROUTE by line ends only,
 * since a route line holds commas. Kubernetes makes variables of its own from the
 * names of services; those of a service "holdfast" look like ours and are let be:
 *
 *     HOLDFAST_SERVICE_HOST  HOLDFAST_SERVICE_PORT...  HOLDFAST_PORT=tcp://...
 *     HOLDFAST_PORT_7999_TCP...
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_ENVIRONMENT_H
#define COMMON_CONFIG_ENVIRONMENT_H

#include "common/buf.h"
#include "common/settings.h"

/* Notes each variable of `environment` (as environ) that is an option; one that only begins
 * like one becomes a sentence in `faults`. */
void config_environment_read(char *const *environment, struct settings *settings,
                             struct buf *faults);

#endif
