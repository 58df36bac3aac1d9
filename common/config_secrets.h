/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets: the tokens of publishers and the key of Grip-Sig.
 *
 * Each may be told as "file:PATH", so that none needs to stand on a command line
 * that every user of the machine can read. A token's file is read by common/secret.h, a
 * key's by common/key.h.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_SECRETS_H
#define COMMON_CONFIG_SECRETS_H

#include "common/config_draft.h"

void config_secrets_read(struct draft *draft);

#endif
