/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a publisher proves who it is: the header line that goes with each POST.
 *
 *     iss and key          Authorization: Bearer <JWT, signed with the key, good for 10 minutes>
 *     key                  Authorization: Bearer <the key>
 *     user, password       Authorization: Basic <both>
 *     nothing              no line
 *
 * The first that was told is the one. A key to sign with is a secret, base64:SECRET,
 * file:PATH, a private key in PEM (as it is or under base64:), or a JWK of kind "oct".
 * A token or a password may be file:PATH too: the first line of that file.
 *
 * Thread: its owner's.
 * Life:   a token is made anew a minute before it runs out.
 * Spec:   @fanoutio/grip 4 (PublisherClient, keys); decision 0015.
 */
#ifndef PUBLISHER_CREDENTIAL_H
#define PUBLISHER_CREDENTIAL_H

#include <stdint.h>

#include "common/base.h"
#include "publisher/gripurl.h"

struct credential;

/* Reads what `url` tells, and the files it names.
 * Returns: it, or NULL with `*why` set to a sentence that shows no secret; caller frees it. */
MUST_USE struct credential *credential_new(const struct gripurl *url, char **why);
void credential_free(struct credential *credential);

/* Borrows: until the next call.
 * Returns: the whole header line, or NULL where nothing is to be sent. */
const char *credential_line(struct credential *credential, int64_t now_s);

#endif
