/* SPDX-License-Identifier: Apache-2.0 */
#include "common/stats.h"

const struct stat_row stat_rows[STAT_COUNT] = {
#define STAT(name, kind, help) [STAT_##name] = {#name, help, STAT_IS_##kind},
#include "common/stats.def"
};
