/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/auth.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "common/mem.h"
#include "common/token.h"
#include "publisher/candidates.h"
#include "publisher/failures.h"
#include "publisher/tokencache.h"

/* Hashes are compared instead of the tokens: all are of one length, so that the time taken
 * tells neither how much of a token was right nor how long it is. */
struct accepted {
    struct digest token;
    const struct permit *permit;
};

struct auth {
    struct permit *const *permits;
    size_t permit_count;
    struct permit *anyone; /* owned */
    struct failures *failures;
    struct tokencache *cache;
    size_t count;
    struct accepted accepted[];
};

static struct digest digest_of(struct span token)
{
    struct digest digest;
    (void)SHA256((const unsigned char *)token.at, token.len, digest.bytes);
    return digest;
}

static size_t count_tokens(struct permit *const *permits, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += permits[i]->tokens.count;
    return sum;
}

struct auth *auth_new(struct permit *const *permits, size_t count, const struct limits *limits)
{
    struct auth *auth =
        mem_new(sizeof(*auth) + count_tokens(permits, count) * sizeof(auth->accepted[0]));
    auth->permits = permits;
    auth->permit_count = count;
    auth->anyone = permit_new(SPAN("anyone"));
    auth->failures = failures_new(limits);
    auth->cache = tokencache_new(limits->auth_cache);
    for (size_t i = 0; i < count; i++) {
        const struct texts *tokens = &permits[i]->tokens;
        for (size_t j = 0; j < tokens->count; j++)
            auth->accepted[auth->count++] =
                (struct accepted){digest_of(span_of(tokens->at[j])), permits[i]};
    }
    return auth;
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    permit_free(auth->anyone);
    failures_free(auth->failures);
    tokencache_free(auth->cache);
    free(auth);
}

const struct permit *auth_anyone(const struct auth *auth)
{
    return auth->anyone;
}

/* Looks at all tokens, also after one has matched.
 * Returns: whose it is, or NULL. */
static const struct permit *find_token(const struct auth *auth, const struct digest *sent)
{
    const struct permit *found = NULL;
    for (size_t i = 0; i < auth->count; i++)
        if (CRYPTO_memcmp(sent, &auth->accepted[i].token, sizeof(*sent)) == 0)
            found = auth->accepted[i].permit;
    return found;
}

/* ---- JSON Web Tokens ---- */

/* A key, and whose it is. */
struct choice {
    const struct permit *permit;
    const struct key *key;
    unsigned fits; /* how many of the token's names it has, too */
};

/* Whether a token that says `said` may be meant for what is called `configured`; counts in
 * `*fits` if both are there. */
static bool may_mean(const char *said, const char *configured, unsigned *fits)
{
    if (!said || !configured)
        return true;
    *fits += 1;
    return strcmp(said, configured) == 0;
}

/* Considers one key; one that fits better takes the place of `best`, of two that fit alike none
 * is chosen. */
static void consider(struct choice *best, const struct permit *permit, const struct key *key,
                     const struct token_names *names)
{
    unsigned fits = 1;
    if (!names->alg || strcmp(names->alg, key_algorithm(key)) != 0 ||
        (permit->iss && !names->iss) || !may_mean(names->iss, permit->iss, &fits) ||
        !may_mean(names->kid, key->kid, &fits))
        return;
    if (fits > best->fits)
        *best = (struct choice){permit, key, fits};
    else if (fits == best->fits)
        best->key = NULL;
}

static struct choice choose_key(const struct auth *auth, struct span token)
{
    struct choice best = {0};
    struct token_names names;
    if (token_peek(&names, token))
        for (size_t i = 0; i < auth->permit_count; i++)
            for (size_t j = 0; j < auth->permits[i]->key_count; j++)
                consider(&best, auth->permits[i], auth->permits[i]->keys[j], &names);
    token_names_done(&names);
    return best;
}

static struct auth_answer verify(struct auth *auth, struct span token, const struct digest *digest,
                                 int64_t now_s)
{
    struct choice choice = choose_key(auth, token);
    if (!choice.key)
        return (struct auth_answer){.result = AUTH_WRONG, .why = token_fault(TOKEN_UNSIGNED)};
    const struct token_wanted wanted = {.iss = choice.permit->iss, .aud = choice.permit->aud};
    int64_t exp_s = 0;
    enum token_result result = token_verify(choice.key, &wanted, token, now_s, &exp_s);
    if (result != TOKEN_GOOD)
        return (struct auth_answer){.result = AUTH_WRONG, .why = token_fault(result)};
    tokencache_put(auth->cache, digest, choice.permit, exp_s);
    return (struct auth_answer){.result = AUTH_OK, .permit = choice.permit};
}

static bool has_keys(const struct auth *auth)
{
    for (size_t i = 0; i < auth->permit_count; i++)
        if (auth->permits[i]->key_count)
            return true;
    return false;
}

static bool looks_like_token(struct span text)
{
    (void)span_cut(&text, '.');
    return text.len && memchr(text.at, '.', text.len);
}

/* ---- a request ---- */

/* What no token of ours is among: a JSON Web Token, or nothing good. */
static struct auth_answer check_jwt(struct auth *auth, const struct candidates *candidates,
                                    const struct auth_request *request)
{
    struct auth_answer wrong = {.result = AUTH_WRONG, .why = "is none of ours"};
    struct digest digest;
    struct span token = {NULL, 0};
    for (size_t i = 0; has_keys(auth) && !token.at && i < candidates->count; i++)
        if (looks_like_token(candidates->texts[i]))
            token = candidates->texts[i];
    if (token.at) {
        digest = digest_of(token);
        const struct permit *known = tokencache_find(auth->cache, &digest, request->now_s);
        if (known)
            return (struct auth_answer){.result = AUTH_OK, .permit = known};
    }
    uint64_t wait_ms = failures_wait_ms(auth->failures, request->address, request->now_ms);
    if (wait_ms)
        return (struct auth_answer){.result = AUTH_TOO_OFTEN, .wait_ms = wait_ms};
    struct auth_answer answer = token.at ? verify(auth, token, &digest, request->now_s) : wrong;
    if (answer.result == AUTH_WRONG)
        failures_note(auth->failures, request->address, request->now_ms);
    return answer;
}

static struct auth_answer check(struct auth *auth, const struct candidates *candidates,
                                const struct auth_request *request)
{
    for (size_t i = 0; i < candidates->count; i++) {
        struct digest digest = digest_of(candidates->texts[i]);
        const struct permit *found = find_token(auth, &digest);
        if (found)
            return (struct auth_answer){.result = AUTH_OK, .permit = found};
    }
    return check_jwt(auth, candidates, request);
}

struct auth_answer auth_check(struct auth *auth, const struct auth_request *request)
{
    if (auth->permit_count == 0)
        return (struct auth_answer){.result = AUTH_OK, .permit = auth->anyone};
    if (!request->fastly_key.at && !request->authorization.at)
        return (struct auth_answer){.result = AUTH_MISSING};
    struct candidates candidates;
    candidates_read(&candidates, request->fastly_key, request->authorization);
    struct auth_answer answer = check(auth, &candidates, request);
    candidates_done(&candidates);
    return answer;
}
