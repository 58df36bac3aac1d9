/* SPDX-License-Identifier: Apache-2.0 */
#include "common/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/escape.h"
#include "common/jsonvalue.h"
#include "common/mem.h"

enum { P256_BYTES = 32 }; /* of a coordinate */

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

char *jwk_write(EVP_PKEY *pair, const char *algorithm)
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

/* Returns: the text of a member, "" where it is none. */
static struct span text_of(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    return json_is_string(value) ? json_span(value) : span("", 0);
}

static char *copy_of(const json_t *json, const char *name)
{
    struct span text = text_of(json, name);
    return text.len ? mem_copy(text.at, text.len) : NULL;
}

/* Returns: what the parameters are, NULL where they are no key. Takes `build`. */
static EVP_PKEY *make_pair(const char *kind, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    EVP_PKEY *pair = NULL;
    CHECK(params && context);
    bool is_made = EVP_PKEY_fromdata_init(context) == 1 &&
                   EVP_PKEY_fromdata(context, &pair, EVP_PKEY_PUBLIC_KEY, params) == 1;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return is_made ? pair : NULL;
}

static EVP_PKEY *read_ec(const json_t *json)
{
    struct buf point = {0};
    EVP_PKEY *pair = NULL;
    buf_append(&point, SPAN("\x04")); /* uncompressed: both coordinates */
    if (span_equal(text_of(json, "crv"), SPAN("P-256")) &&
        base64_decode(&point, text_of(json, "x")) && point.len == 1 + P256_BYTES &&
        base64_decode(&point, text_of(json, "y")) && point.len == 1 + 2 * P256_BYTES) {
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        (void)OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                              SN_X9_62_prime256v1, 0);
        (void)OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.bytes,
                                               point.len);
        pair = make_pair("EC", build);
    }
    buf_done(&point);
    return pair;
}

/* Returns: the number, NULL where it is none. */
static BIGNUM *number_of(const json_t *json, const char *name)
{
    struct buf bytes = {0};
    BIGNUM *number = NULL;
    if (base64_decode(&bytes, text_of(json, name)) && bytes.len)
        number = BN_bin2bn((const unsigned char *)bytes.bytes, (int)bytes.len, NULL);
    buf_done(&bytes);
    return number;
}

static EVP_PKEY *read_rsa(const json_t *json)
{
    BIGNUM *modulus = number_of(json, "n");
    BIGNUM *exponent = number_of(json, "e");
    EVP_PKEY *pair = NULL;
    if (modulus && exponent) {
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        (void)OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
        (void)OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
        pair = make_pair("RSA", build);
    }
    BN_free(modulus);
    BN_free(exponent);
    return pair;
}

static bool read_one(struct jwk *jwk, const json_t *json, char **why)
{
    struct span kind = text_of(json, "kty");
    jwk->alg = copy_of(json, "alg");
    jwk->kid = copy_of(json, "kid");
    if (span_equal(kind, SPAN("EC")))
        jwk->pair = read_ec(json);
    else if (span_equal(kind, SPAN("RSA")))
        jwk->pair = read_rsa(json);
    else if (span_equal(kind, SPAN("oct")) && !base64_decode(&jwk->secret, text_of(json, "k")))
        buf_clear(&jwk->secret);
    ERR_clear_error(); /* what stays in the queue would be taken for an error of TLS */
    if (!jwk->pair && !jwk->secret.len)
        *why = mem_printf("it is no JSON Web Key of kind EC (P-256), RSA or oct");
    return jwk->pair || jwk->secret.len;
}

bool jwk_read(struct jwk *jwk, struct span text, char **why)
{
    json_t *json = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *set = json_object_get(json, "keys");
    bool is_read = false;
    if (!json)
        *why = mem_printf("it is no JSON");
    else if (set && json_array_size(set) != 1)
        *why = mem_printf("its set holds %zu keys, and one is wanted: give each a file and a key=",
                          json_array_size(set));
    else
        is_read = read_one(jwk, set ? json_array_get(set, 0) : json, why);
    json_decref(json);
    return is_read;
}

void jwk_done(struct jwk *jwk)
{
    EVP_PKEY_free(jwk->pair);
    if (jwk->secret.bytes)
        OPENSSL_cleanse(jwk->secret.bytes, jwk->secret.len);
    buf_done(&jwk->secret);
    free(jwk->alg);
    free(jwk->kid);
}
