/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key of those who configured none: made at first start, then kept.
 *
 * Thread: main, before others start.
 * Spec:   docs/architecture.md "Safe by default".
 */
#ifndef COMMON_KEYSTORE_H
#define COMMON_KEYSTORE_H

#include "common/key.h"

/* The ES256 key kept in `state_dir` as sig_key.pem (0600), made there at first use. Where it
 * cannot be written the key lives in memory only and `*why` says so, else it becomes NULL;
 * caller frees it.
 * Returns: the key, or NULL where the file exists but holds no such key (`*why` says why). */
MUST_USE struct key *key_keep(const char *state_dir, char **why);

#endif
