/* SPDX-License-Identifier: Apache-2.0 */
#include "common/token.h"

#include <jwt.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

enum { TOKEN_MOST = 8192 }; /* bytes of a token worth looking at; ours have some 200 */

static const unsigned char *bytes_of(const struct buf *key)
{
    return (const unsigned char *)key->bytes;
}

char *token_sign(const struct key *key, const char *iss, int64_t exp_s)
{
    jwt_t *jwt = NULL;
    int fault = jwt_new(&jwt);
    CHECK(!fault);
    fault =
        jwt_set_alg(jwt, jwt_str_alg(key->algorithm), bytes_of(&key->signs), (int)key->signs.len);
    fault |= jwt_add_grant(jwt, "iss", iss);
    fault |= jwt_add_grant_int(jwt, "exp", (long)exp_s);
    char *token = jwt_encode_str(jwt);
    CHECK(!fault && token);
    jwt_free(jwt);
    return token;
}

static bool claims_hold(jwt_t *jwt, const struct key *key, const char *iss, int64_t now_s)
{
    if (jwt_get_alg(jwt) != jwt_str_alg(key->algorithm))
        return false; /* else the text of a public key would do as a secret */
    const char *named = jwt_get_grant(jwt, "iss");
    return named && strcmp(named, iss) == 0 &&
           jwt_get_grant_int(jwt, "exp") > now_s && /* 0 where there is none */
           jwt_get_grant_int(jwt, "nbf") <= now_s;
}

bool token_is_valid(const struct key *key, const char *iss, struct span token, int64_t now_s)
{
    CHECK(key->verifies.len > 0); /* libjwt verifies nothing where there is no key */
    if (!token.len || token.len > TOKEN_MOST || memchr(token.at, '\0', token.len))
        return false;
    char *text = mem_copy(token.at, token.len);
    jwt_t *jwt = NULL;
    bool valid = jwt_decode(&jwt, text, bytes_of(&key->verifies), (int)key->verifies.len) == 0 &&
                 claims_hold(jwt, key, iss, now_s);
    jwt_free(jwt);
    free(text);
    ERR_clear_error(); /* what stays in the queue would be taken for an error of TLS */
    return valid;
}
