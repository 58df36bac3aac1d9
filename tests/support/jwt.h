/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Tokens, made without the code under test.
 */
#ifndef TESTS_SUPPORT_JWT_H
#define TESTS_SUPPORT_JWT_H

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/buf.h"
#include "common/escape.h"

#define JWT_HS256 "{\"typ\":\"JWT\",\"alg\":\"HS256\"}"

/* Returns: a token whose signature is the HMAC-SHA256 with `secret`; caller frees. */
static inline char *jwt_hmac(const char *header, const char *claims, struct span secret)
{
    struct buf token = {0};
    unsigned char mac[32];
    base64url_encode(&token, span_of(header));
    buf_append(&token, SPAN("."));
    base64url_encode(&token, span_of(claims));
    (void)HMAC(EVP_sha256(), secret.at, (int)secret.len, (const unsigned char *)token.bytes,
               token.len, mac, NULL);
    buf_append(&token, SPAN("."));
    base64url_encode(&token, span((const char *)mac, sizeof(mac)));
    return buf_take(&token);
}

#endif
