/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grip-Sig by the request: tokens are signed once a minute and key, then lent.
 *
 * An ES256 signature costs 400 us; the token names an expiry an hour ahead,
 * so lending it for a minute takes nothing from an origin.
 *
 * Thread: one per frontend.
 * Spec:   GRIP 1.3.
 */
#ifndef FRONTEND_SIGNER_H
#define FRONTEND_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/keyring.h"
#include "common/span.h"

struct signer;

/* Borrows: both until signer_free(). */
MUST_USE struct signer *signer_new(const struct keyring *keyring, const char *default_iss);
void signer_free(struct signer *signer);

/* Returns: the token for a request of `route`. Borrows: until the next call. */
struct span signer_token(struct signer *signer, const struct route *route, int64_t now_s);

/* Whether `token` was signed by this proxy for `route` and is still valid: the request came
 * round in a circle. Looks at a bounded number of tokens a second, enough to end a circle and
 * too few to be made to burn a core. */
bool signer_is_own(struct signer *signer, const struct route *route, struct span token,
                   int64_t now_s);

#endif
