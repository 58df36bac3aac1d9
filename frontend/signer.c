/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/signer.h"

#include <stdlib.h>

#include "common/mem.h"
#include "common/token.h"

#define LEND_S 60
#define EXPIRES_S 3600
#define LOOKS_PER_SECOND 50

struct lent {
    const struct key *key;
    const char *iss;
    char *token; /* owned */
    int64_t signed_s;
};

struct signer {
    const struct keyring *keyring;
    const char *default_iss;
    struct lent *lent; /* one for each pair of key and issuer */
    size_t count;
    int64_t looked_s; /* the second in which `looks` were taken */
    unsigned looks;
};

struct signer *signer_new(const struct keyring *keyring, const char *default_iss)
{
    struct signer *signer = mem_new(sizeof(*signer));
    signer->keyring = keyring;
    signer->default_iss = default_iss;
    return signer;
}

void signer_free(struct signer *signer)
{
    if (!signer)
        return;
    for (size_t i = 0; i < signer->count; i++)
        free(signer->lent[i].token);
    free(signer->lent);
    free(signer);
}

static const char *iss_of(const struct signer *signer, const struct route *route)
{
    return route->sig_iss ? route->sig_iss : signer->default_iss;
}

static struct lent *find_or_add(struct signer *signer, const struct key *key, const char *iss)
{
    for (size_t i = 0; i < signer->count; i++)
        if (signer->lent[i].key == key && strcmp(signer->lent[i].iss, iss) == 0)
            return &signer->lent[i];
    signer->lent = mem_grow(signer->lent, signer->count + 1, sizeof(struct lent));
    signer->lent[signer->count] = (struct lent){.key = key, .iss = iss};
    return &signer->lent[signer->count++];
}

struct span signer_token(struct signer *signer, const struct route *route, int64_t now_s)
{
    struct lent *lent =
        find_or_add(signer, keyring_key(signer->keyring, route), iss_of(signer, route));
    if (!lent->token || now_s >= lent->signed_s + LEND_S || now_s < lent->signed_s) {
        free(lent->token);
        lent->token = token_sign(lent->key, lent->iss, now_s + EXPIRES_S);
        lent->signed_s = now_s;
    }
    return span_of(lent->token);
}

bool signer_is_own(struct signer *signer, const struct route *route, struct span token,
                   int64_t now_s)
{
    if (signer->looked_s != now_s) {
        signer->looked_s = now_s;
        signer->looks = 0;
    }
    if (signer->looks++ >= LOOKS_PER_SECOND)
        return false;
    return token_is_valid(keyring_key(signer->keyring, route), iss_of(signer, route), token, now_s);
}
