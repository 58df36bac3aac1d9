/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wskey.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include "common/buf.h"
#include "common/check.h"

#define KEY_BYTES 16
#define GUID SPAN("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")

void wskey_draw(char out[WSKEY_LEN + 1])
{
    unsigned char random[KEY_BYTES];
    CHECK(getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random));
    (void)EVP_EncodeBlock((unsigned char *)out, random, sizeof(random));
}

bool wskey_is_sound(struct span key)
{
    unsigned char bytes[WSKEY_LEN];
    return key.len == WSKEY_LEN && key.at[21] != '=' &&
           span_equal(span_skip(key, 22), SPAN("==")) &&
           EVP_DecodeBlock(bytes, (const unsigned char *)key.at, WSKEY_LEN) > 0;
}

void wskey_accept(char out[WSKEY_ACCEPT_LEN + 1], struct span key)
{
    struct buf text = {0};
    buf_append(&text, key);
    buf_append(&text, GUID);
    unsigned char digest[SHA_DIGEST_LENGTH];
    (void)SHA1((const unsigned char *)text.bytes, text.len, digest);
    (void)EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
    buf_done(&text);
}
