/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that sign Grip-Sig: the configured one and those of routes.
 *
 * Thread: made by main, then read by every frontend.
 */
#ifndef COMMON_KEYRING_H
#define COMMON_KEYRING_H

#include "common/base.h"
#include "common/config.h"

struct key;
struct keyring;

/* Reads every key that `config` tells. Where it tells none a generated one is used, unless
 * `may_make` is false: then there is no main key.
 * Returns: the keyring, or NULL with `*why` set to a sentence. A keyring and a `*why` mean a
 *          warning. Caller frees `*why`. */
MUST_USE struct keyring *keyring_read(const struct config *config, bool may_make, char **why);

void keyring_free(struct keyring *keyring);

/* Returns: the key of a route: its own, or the configured one. Borrows: from the keyring. */
const struct key *keyring_key(const struct keyring *keyring, const struct route *route);

/* Returns: the key where no route has its own. Borrows: from the keyring. */
const struct key *keyring_main(const struct keyring *keyring);

#endif
