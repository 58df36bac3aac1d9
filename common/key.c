/* SPDX-License-Identifier: Apache-2.0 */
#include "common/key.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/escape.h"
#include "common/jwk.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    KEY_FILE_MOST = 65536, /* bytes */
    RSA_LEAST = 2048,      /* bits, as RFC 7518 demands */
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

/* Takes `bio` and appends what was written to it. */
static void append_bio(struct buf *out, BIO *bio)
{
    char *at;
    size_t len = (size_t)BIO_get_mem_data(bio, &at);
    buf_append(out, span(at, len));
    OPENSSL_cleanse(at, len);
    BIO_free(bio);
}

/* The public half is written anew, so that libjwt meets SubjectPublicKeyInfo whatever form the
 * file had. */
static struct key *public_key(EVP_PKEY *pair, const char *algorithm)
{
    BIO *public = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_PUBKEY(public, pair);
    CHECK(written);
    struct key *key = mem_new(sizeof(*key));
    key->algorithm = algorithm;
    append_bio(&key->verifies, public);
    key->jwk = jwk_write(pair, algorithm);
    return key;
}

/* Likewise PKCS#8 of the private one. */
static struct key *pair_key(EVP_PKEY *pair, const char *algorithm)
{
    BIO *private = BIO_new(BIO_s_mem());
    int written = PEM_write_bio_PKCS8PrivateKey(private, pair, NULL, NULL, 0, NULL, NULL);
    CHECK(written);
    struct key *key = public_key(pair, algorithm);
    append_bio(&key->signs, private);
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

/* The public half of either kind of file. */
static struct key *public_pem_key(struct span pem, const char *path, char **why)
{
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    EVP_PKEY *pair = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    const char *algorithm = pair ? algorithm_of(pair) : NULL;
    struct key *key = NULL;
    if (!pair)
        key = pem_key(pem, path, why);
    else if (algorithm)
        key = public_key(pair, algorithm);
    else
        *why = mem_printf("the key in '%s' is neither EC P-256 nor RSA of %d bits or more", path,
                          RSA_LEAST);
    EVP_PKEY_free(pair);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

/* Returns: the key that `jwk` is; NULL where there is none for its algorithm. */
static struct key *key_of_jwk(const struct jwk *jwk, char **why)
{
    const char *algorithm = jwk->pair ? algorithm_of(jwk->pair) : "HS256";
    if (!algorithm || (jwk->alg && strcmp(jwk->alg, algorithm) != 0))
        return NULL;
    return jwk->pair ? public_key(jwk->pair, algorithm) : secret_key(buf_span(&jwk->secret), why);
}

static struct key *jwk_key(struct span text, const char *path, char **why)
{
    struct jwk jwk = {0};
    char *fault = NULL;
    struct key *key = NULL;
    if (!jwk_read(&jwk, text, &fault))
        *why = mem_printf("cannot read the key in '%s': %s", path, fault);
    else if ((key = key_of_jwk(&jwk, why)))
        key->kid = jwk.kid ? mem_copy(jwk.kid, strlen(jwk.kid)) : NULL;
    else
        *why = mem_printf("the key in '%s' is not for ES256, RS256 (2048 bits or more) or HS256",
                          path);
    jwk_done(&jwk);
    free(fault);
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

/* What a file may hold that signs. */
static struct key *signing_key(struct span text, const char *path, char **why)
{
    return span_starts(text, SPAN("-----BEGIN")) ? pem_key(text, path, why)
                                                 : hex_key(text, path, why);
}

/* What a file may hold that verifies. */
static struct key *verifying_key(struct span text, const char *path, char **why)
{
    if (span_starts(text, SPAN("{")))
        return jwk_key(text, path, why);
    return span_starts(text, SPAN("-----BEGIN")) ? public_pem_key(text, path, why)
                                                 : hex_key(text, path, why);
}

typedef struct key *key_reader_fn(struct span text, const char *path, char **why);

static struct key *file_key(const char *name, const char *dir, key_reader_fn *read, char **why)
{
    char *path = *name == '/' ? mem_printf("%s", name) : mem_printf("%s/%s", dir, name);
    struct buf content = {0};
    struct key *key = NULL;
    if (read_file(path, &content, why))
        key = read(trim_lines(buf_span(&content)), path, why);
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

static struct key *read_key(const char *text, const char *dir, key_reader_fn *read, char **why)
{
    struct span all = span_of(text);
    if (span_starts(all, SPAN("base64:")))
        return base64_key(span_skip(all, strlen("base64:")), why);
    if (span_starts(all, SPAN("file:")))
        return file_key(text + strlen("file:"), dir, read, why);
    return secret_key(all, why);
}

struct key *key_read(const char *text, const char *dir, char **why)
{
    return read_key(text, dir, signing_key, why);
}

struct key *key_read_verifier(const char *text, const char *dir, char **why)
{
    return read_key(text, dir, verifying_key, why);
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
    free(key->kid);
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
