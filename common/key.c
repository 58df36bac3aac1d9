/* SPDX-License-Identifier: Apache-2.0 */
#include "common/key.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/escape.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    KEY_FILE_MOST = 65536, /* bytes */
    RSA_LEAST = 2048,      /* bits, as RFC 7518 demands */
    P256_BYTES = 32,       /* of a coordinate */
};

/* Frees what was secret and leaves no copy behind. */
static void wipe(struct buf *secret)
{
    if (secret->bytes)
        OPENSSL_cleanse(secret->bytes, secret->len);
    buf_done(secret);
}

static struct key *secret_key(struct span secret, char **why)
{
    if (!secret.len) {
        *why = mem_printf("the key is empty");
        return NULL;
    }
    struct key *key = mem_new(sizeof(*key));
    key->algorithm = "HS256";
    buf_append(&key->signs, secret);
    buf_append(&key->verifies, secret);
    return key;
}

/* Appends `"name":"<number in base64url>"`, the number padded to `width` bytes. */
static void append_number(struct buf *jwk, const char *name, EVP_PKEY *pair, const char *param,
                          size_t width)
{
    BIGNUM *number = NULL;
    int found = EVP_PKEY_get_bn_param(pair, param, &number);
    CHECK(found);
    size_t len = width ? width : (size_t)BN_num_bytes(number);
    unsigned char *bytes = mem_new(len);
    int written = BN_bn2binpad(number, bytes, (int)len);
    CHECK(written == (int)len);
    buf_printf(jwk, ",\"%s\":\"", name);
    base64url_encode(jwk, span((const char *)bytes, len));
    buf_append(jwk, SPAN("\""));
    free(bytes);
    BN_free(number);
}

static char *jwk_of(EVP_PKEY *pair, const char *algorithm)
{
    struct buf jwk = {0};
    bool is_ec = EVP_PKEY_is_a(pair, "EC");
    buf_append(&jwk, is_ec ? SPAN("{\"kty\":\"EC\",\"crv\":\"P-256\"") : SPAN("{\"kty\":\"RSA\""));
    buf_printf(&jwk, ",\"alg\":\"%s\",\"use\":\"sig\"", algorithm);
    if (is_ec) {
        append_number(&jwk, "x", pair, OSSL_PKEY_PARAM_EC_PUB_X, P256_BYTES);
        append_number(&jwk, "y", pair, OSSL_PKEY_PARAM_EC_PUB_Y, P256_BYTES);
    } else {
        append_number(&jwk, "n", pair, OSSL_PKEY_PARAM_RSA_N, 0);
        append_number(&jwk, "e", pair, OSSL_PKEY_PARAM_RSA_E, 0);
    }
    buf_append(&jwk, SPAN("}"));
    return buf_take(&jwk);
}

/* Takes `bio` and appends what was written to it. */
static void append_bio(struct buf *out, BIO *bio)
{
    char *at;
    size_t len = (size_t)BIO_get_mem_data(bio, &at);
    buf_append(out, span(at, len));
    OPENSSL_cleanse(at, len);
    BIO_free(bio);
}

/* The key is written anew, so that libjwt meets PKCS#8 whatever form the file had. */
static struct key *pair_key(EVP_PKEY *pair, const char *algorithm)
{
    BIO *private = BIO_new(BIO_s_mem());
    BIO *public = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_PKCS8PrivateKey(private, pair, NULL, NULL, 0, NULL, NULL) &&
                  PEM_write_bio_PUBKEY(public, pair);
    CHECK(written);
    struct key *key = mem_new(sizeof(*key));
    key->algorithm = algorithm;
    append_bio(&key->signs, private);
    append_bio(&key->verifies, public);
    key->jwk = jwk_of(pair, algorithm);
    return key;
}

/* Returns: the algorithm of a pair of keys, NULL where it has none here. */
static const char *algorithm_of(EVP_PKEY *pair)
{
    char curve[32] = "";
    if (EVP_PKEY_is_a(pair, "RSA"))
        return EVP_PKEY_get_bits(pair) >= RSA_LEAST ? "RS256" : NULL;
    if (!EVP_PKEY_is_a(pair, "EC") || !EVP_PKEY_get_group_name(pair, curve, sizeof(curve), NULL))
        return NULL;
    return strcmp(curve, SN_X9_62_prime256v1) == 0 ? "ES256" : NULL;
}

static struct key *pem_key(struct span pem, const char *path, char **why)
{
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    char passphrase[] = ""; /* where none is told openssl asks for one on the terminal */
    EVP_PKEY *pair = PEM_read_bio_PrivateKey(bio, NULL, NULL, passphrase);
    const char *algorithm = pair ? algorithm_of(pair) : NULL;
    struct key *key = NULL;
    if (!pair)
        *why = mem_printf("'%s' holds no private key without a passphrase in PEM", path);
    else if (!algorithm)
        *why = mem_printf("the key in '%s' is neither EC P-256 nor RSA of %d bits or more", path,
                          RSA_LEAST);
    else
        key = pair_key(pair, algorithm);
    EVP_PKEY_free(pair);
    BIO_free(bio);
    ERR_clear_error(); /* what stays in the queue would be taken for an error of TLS */
    return key;
}

static struct span trim_lines(struct span text)
{
    while (text.len && strchr(" \t\r\n", text.at[text.len - 1]))
        text.len--;
    while (text.len && strchr(" \t\r\n", text.at[0]))
        text = span_skip(text, 1);
    return text;
}

static struct key *hex_key(struct span text, const char *path, char **why)
{
    struct buf secret = {0};
    struct key *key = NULL;
    if (!text.len || !hex_decode(&secret, text))
        *why = mem_printf("'%s' holds neither a PEM key nor a secret in hexadecimal", path);
    else
        key = secret_key(buf_span(&secret), why);
    wipe(&secret);
    return key;
}

/* Returns: false where the file cannot be read or is no key by its size. */
static bool read_file(const char *path, struct buf *content, char **why)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        *why = mem_printf("cannot open key file '%s': %s", path, strerrordesc_np(errno));
        return false;
    }
    size_t len = fread(buf_reserve(content, KEY_FILE_MOST), 1, KEY_FILE_MOST, file);
    bool sound = !ferror(file) && len < KEY_FILE_MOST;
    content->len = len;
    (void)fclose(file);
    if (!sound)
        *why = mem_printf("cannot read key file '%s', or it is larger than any key", path);
    return sound;
}

static struct key *file_key(const char *name, const char *dir, char **why)
{
    char *path = *name == '/' ? mem_printf("%s", name) : mem_printf("%s/%s", dir, name);
    struct buf content = {0};
    struct key *key = NULL;
    if (read_file(path, &content, why)) {
        struct span text = trim_lines(buf_span(&content));
        key = span_starts(text, SPAN("-----BEGIN")) ? pem_key(text, path, why)
                                                    : hex_key(text, path, why);
    }
    wipe(&content);
    free(path);
    return key;
}

static struct key *base64_key(struct span text, char **why)
{
    struct buf secret = {0};
    struct key *key = NULL;
    if (base64_decode(&secret, text))
        key = secret_key(buf_span(&secret), why);
    else
        *why = mem_printf("what follows 'base64:' in the key is not base64");
    wipe(&secret);
    return key;
}

struct key *key_read(const char *text, const char *dir, char **why)
{
    struct span all = span_of(text);
    if (span_starts(all, SPAN("base64:")))
        return base64_key(span_skip(all, strlen("base64:")), why);
    if (span_starts(all, SPAN("file:")))
        return file_key(text + strlen("file:"), dir, why);
    return secret_key(all, why);
}

struct key *key_read_bytes(struct span bytes, char **why)
{
    bool is_pem = span_starts(trim_lines(bytes), SPAN("-----BEGIN"));
    return is_pem ? pem_key(trim_lines(bytes), "the key", why) : secret_key(bytes, why);
}

struct key *key_make(void)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    CHECK(pair);
    struct key *key = pair_key(pair, "ES256");
    EVP_PKEY_free(pair);
    return key;
}

void key_free(struct key *key)
{
    if (!key)
        return;
    wipe(&key->signs);
    wipe(&key->verifies);
    free(key->jwk);
    free(key);
}

const char *key_algorithm(const struct key *key)
{
    return key->algorithm;
}

bool key_print_public(const struct key *key, FILE *out)
{
    if (!key->jwk)
        return false;
    (void)fprintf(out, "The public key for origins that verify Grip-Sig (%s), as PEM:\n%.*s\n",
                  key->algorithm, LOG_SPAN(buf_span(&key->verifies)));
    (void)fprintf(out, "The same as a JSON Web Key:\n%s\n", key->jwk);
    return true;
}
