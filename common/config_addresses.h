/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to listen, whom to believe, and whether that is safe.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_ADDRESSES_H
#define COMMON_CONFIG_ADDRESSES_H

#include "common/config_draft.h"

/* Reads listen and control with and without TLS, and trusted_addresses; routes, publish tokens and
 * the files of TLS must be there already, since the default of the one and the safety of the other depend on them. */
void config_addresses_read(struct draft *draft);

#endif
