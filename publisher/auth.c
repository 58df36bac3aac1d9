/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/auth.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "common/mem.h"

/* Hashes are compared instead of the tokens: all are of one length, so that the time taken
 * tells neither how much of a token was right nor how long it is. */
struct digest {
    unsigned char bytes[SHA256_DIGEST_LENGTH];
};

struct auth {
    size_t count;
    struct digest accepted[];
};

static struct digest digest_of(struct span token)
{
    struct digest digest;
    (void)SHA256((const unsigned char *)token.at, token.len, digest.bytes);
    return digest;
}

struct auth *auth_new(const char *const *tokens, size_t count)
{
    struct auth *auth = mem_new(sizeof(*auth) + count * sizeof(auth->accepted[0]));
    auth->count = count;
    for (size_t i = 0; i < count; i++)
        auth->accepted[i] = digest_of(span_of(tokens[i]));
    return auth;
}

void auth_free(struct auth *auth)
{
    free(auth);
}

/* Looks at all tokens, also after one has matched. */
static bool is_accepted(const struct auth *auth, struct span token)
{
    struct digest sent = digest_of(token);
    unsigned matches = 0;
    for (size_t i = 0; i < auth->count; i++)
        matches += CRYPTO_memcmp(&sent, &auth->accepted[i], sizeof(sent)) == 0;
    return matches > 0;
}

/* Returns: what stands behind "Bearer", at == NULL for another scheme. */
static struct span bearer_token(struct span authorization)
{
    struct span rest = span_trim(authorization);
    struct span scheme = span_cut(&rest, ' ');
    return span_equal_nocase(scheme, SPAN("Bearer")) ? span_trim(rest) : span(NULL, 0);
}

enum auth_result auth_check(const struct auth *auth, struct span fastly_key,
                            struct span authorization)
{
    if (auth->count == 0)
        return AUTH_OK;
    if (!fastly_key.at && !authorization.at)
        return AUTH_MISSING;
    struct span bearer = authorization.at ? bearer_token(authorization) : authorization;
    if (fastly_key.at && is_accepted(auth, span_trim(fastly_key)))
        return AUTH_OK;
    if (bearer.at && is_accepted(auth, bearer))
        return AUTH_OK;
    return AUTH_WRONG;
}
