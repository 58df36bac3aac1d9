/* SPDX-License-Identifier: Apache-2.0 */
#include "common/token.h"

#include <jwt.h>
#include <math.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/jsonvalue.h"
#include "common/mem.h"

#define FOR_EVER_S (INT64_C(1) << 40)

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

/* Decodes `token`; without a key nothing is verified.
 * Returns: the token (jwt_free()), or NULL. */
static jwt_t *decode(struct span token, const struct key *key)
{
    if (!token.len || token.len > TOKEN_MOST || memchr(token.at, '\0', token.len))
        return NULL;
    char *text = mem_copy(token.at, token.len);
    jwt_t *jwt = NULL;
    int fault = key ? jwt_decode(&jwt, text, bytes_of(&key->verifies), (int)key->verifies.len)
                    : jwt_decode(&jwt, text, NULL, 0);
    free(text);
    ERR_clear_error(); /* what stays in the queue would be taken for an error of TLS */
    if (!fault)
        return jwt;
    jwt_free(jwt);
    return NULL;
}

static char *copy_of(const char *text)
{
    return text ? mem_copy(text, strlen(text)) : NULL;
}

bool token_peek(struct token_names *names, struct span token)
{
    *names = (struct token_names){0};
    jwt_t *jwt = decode(token, NULL);
    if (!jwt)
        return false;
    names->alg = copy_of(jwt_get_header(jwt, "alg"));
    names->kid = copy_of(jwt_get_header(jwt, "kid"));
    names->iss = copy_of(jwt_get_grant(jwt, "iss"));
    jwt_free(jwt);
    return true;
}

void token_names_done(struct token_names *names)
{
    free(names->alg);
    free(names->kid);
    free(names->iss);
}

/* Returns: the value of a claim (json_decref()), or NULL. */
static json_t *claim_of(jwt_t *jwt, const char *name)
{
    char *text = jwt_get_grants_json(jwt, name);
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    free(text);
    return value;
}

/* Returns: `claim` in seconds since 1970, `absent` where there is none, `bad` where it is no
 * number. Takes: `claim`. */
static double seconds_of(json_t *claim, double absent, double bad)
{
    double seconds = json_is_number(claim) ? json_number_value(claim) : bad;
    if (!claim)
        seconds = absent;
    json_decref(claim);
    return seconds;
}

static bool names_text(const json_t *value, const char *text)
{
    return json_is_string(value) && span_equal(json_span(value), span_of(text));
}

/* RFC 7519, 4.1.3: a string, or a list of them. Takes: `aud`. */
static bool is_for(const struct token_wanted *wanted, json_t *aud)
{
    bool is_meant = wanted->aud ? names_text(aud, wanted->aud) : !aud;
    for (size_t i = 0; wanted->aud && i < json_array_size(aud); i++)
        is_meant |= names_text(json_array_get(aud, i), wanted->aud);
    json_decref(aud);
    return is_meant || wanted->any_aud;
}

static bool is_critical(jwt_t *jwt)
{
    char *text = jwt_get_headers_json(jwt, "crit");
    free(text);
    return text != NULL;
}

static enum token_result judge_claims(jwt_t *jwt, const struct token_wanted *wanted, int64_t now_s,
                                      int64_t *exp_s)
{
    if (is_critical(jwt))
        return TOKEN_CRITICAL;
    double exp = seconds_of(claim_of(jwt, "exp"), 0, 0);
    if (!(exp > (double)now_s))
        return TOKEN_EXPIRED;
    if (!(seconds_of(claim_of(jwt, "nbf"), 0, HUGE_VAL) <= (double)now_s))
        return TOKEN_TOO_EARLY;
    const char *iss = jwt_get_grant(jwt, "iss");
    if (wanted->iss && (!iss || strcmp(iss, wanted->iss) != 0))
        return TOKEN_NOT_ISSUER;
    if (!is_for(wanted, claim_of(jwt, "aud")))
        return TOKEN_NOT_AUDIENCE;
    *exp_s = exp < (double)FOR_EVER_S ? (int64_t)exp : FOR_EVER_S;
    return TOKEN_GOOD;
}

enum token_result token_verify(const struct key *key, const struct token_wanted *wanted,
                               struct span token, int64_t now_s, int64_t *exp_s)
{
    CHECK(key->verifies.len > 0); /* libjwt verifies nothing where there is no key */
    jwt_t *jwt = decode(token, key);
    enum token_result result = TOKEN_UNSIGNED;
    /* Else the text of a public key would do as a secret. */
    if (jwt && jwt_get_alg(jwt) == jwt_str_alg(key->algorithm))
        result = judge_claims(jwt, wanted, now_s, exp_s);
    jwt_free(jwt);
    return result;
}

const char *token_fault(enum token_result result)
{
    static const char *const faults[] = {
        [TOKEN_GOOD] = "is good",
        [TOKEN_UNSIGNED] = "is not signed with the key",
        [TOKEN_CRITICAL] = "demands an extension that is not known here (crit)",
        [TOKEN_EXPIRED] = "has expired, or names no exp",
        [TOKEN_TOO_EARLY] = "is not good yet (nbf)",
        [TOKEN_NOT_ISSUER] = "names another issuer (iss)",
        [TOKEN_NOT_AUDIENCE] = "is meant for another audience (aud)",
    };
    CHECK(result < ARRAY_LEN(faults));
    return faults[result];
}

bool token_is_valid(const struct key *key, const char *iss, struct span token, int64_t now_s)
{
    const struct token_wanted wanted = {.iss = iss, .any_aud = true};
    int64_t exp_s;
    return token_verify(key, &wanted, token, now_s, &exp_s) == TOKEN_GOOD;
}
