/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permits to publish: one for all tokens of publish_tokens, and those of the lines of
 * publishers.
 *
 * What a publisher shows must lead to one permit, by one look: a token, a name or a key that two
 * permits claim is a fault.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_PERMITS_H
#define COMMON_CONFIG_PERMITS_H

#include "common/config_draft.h"

/* Wants config_secrets_read() to have run. */
void config_permits_read(struct draft *draft);

#endif
