/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arbitrary bytes as a token: none is valid, as the fuzzer does not know the keys. The
 * first half of the runs is a token as it came, the second one under a header and claims
 * that are right, so that the signature is looked at.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/escape.h"
#include "common/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct key *pair;
static struct key *secret;

static void make_keys(void)
{
    char *why = NULL;
    pair = key_make();
    secret = key_read("a secret that no one guesses", ".", &why);
    CHECK(secret);
}

static void try_token(struct span token)
{
    CHECK(!token_is_valid(pair, "pushpin", token, 1000));
    CHECK(!token_is_valid(secret, "pushpin", token, 1000));
    struct token_names names;
    bool is_token = token_peek(&names, token);
    CHECK(is_token || (!names.alg && !names.kid && !names.iss));
    token_names_done(&names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!pair)
        make_keys();
    if (!size)
        return 0;
    struct span bytes = span((const char *)data + 1, size - 1);
    if (!(data[0] & 1)) {
        try_token(bytes);
        return 0;
    }
    struct buf token = {0};
    base64url_encode(&token, data[0] & 2 ? SPAN("{\"typ\":\"JWT\",\"alg\":\"HS256\"}")
                                         : SPAN("{\"typ\":\"JWT\",\"alg\":\"ES256\"}"));
    buf_append(&token, SPAN("."));
    base64url_encode(&token, SPAN("{\"iss\":\"pushpin\",\"exp\":2000}"));
    buf_append(&token, SPAN("."));
    buf_append(&token, bytes);
    try_token(buf_span(&token));
    buf_done(&token);
    return 0;
}
