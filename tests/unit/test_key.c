/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/escape.h"
#include "common/mem.h"
#include "common/token.h"

static char dir[] = "/tmp/holdfast-key-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

static char *path_of(const char *name)
{
    return mem_printf("%s/%s", dir, name);
}

static void put_file(const char *name, struct span content)
{
    char *path = path_of(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content.at, 1, content.len, file), content.len);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void remove_file(const char *name)
{
    char *path = path_of(name);
    assert_int_equal(unlink(path), 0);
    free(path);
}

/* Returns: what `pair` is in PEM, `cipher` with the passphrase "x"; caller frees. */
static char *pem_of(EVP_PKEY *pair, const EVP_CIPHER *cipher)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *at;
    assert_true(PEM_write_bio_PrivateKey_traditional(bio, pair, cipher, (const unsigned char *)"x",
                                                     cipher ? 1 : 0, NULL, NULL));
    long len = BIO_get_mem_data(bio, &at);
    char *pem = mem_copy(at, (size_t)len);
    BIO_free(bio);
    return pem;
}

/* Reads `pem` as file:k.pem. */
static struct key *read_pem(const char *pem, char **why)
{
    put_file("k.pem", span_of(pem));
    struct key *key = key_read("file:k.pem", dir, why);
    remove_file("k.pem");
    return key;
}

static struct key *read_pair(EVP_PKEY *pair, const EVP_CIPHER *cipher, char **why)
{
    assert_non_null(pair);
    char *pem = pem_of(pair, cipher);
    struct key *key = read_pem(pem, why);
    free(pem);
    EVP_PKEY_free(pair);
    return key;
}

static void assert_refused(struct key *key, char *why, const char *part)
{
    assert_null(key);
    assert_non_null(why);
    if (!strstr(why, part))
        fail_msg("'%s' does not say '%s'", why, part);
    free(why);
}

static void an_empty_key_or_broken_base64_is_refused(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *key = key_read("", dir, &why);
    assert_refused(key, why, "the key is empty");
    key = key_read("base64:", dir, &why);
    assert_refused(key, why, "the key is empty");
    key = key_read("base64:a b", dir, &why);
    assert_refused(key, why, "not base64");
}

static void a_file_may_hold_a_secret_in_hexadecimal(void **state)
{
    (void)state;
    char *why = NULL;
    put_file("k.hex", SPAN(" 6368616e67656d65\r\n"));
    struct key *key = key_read("file:k.hex", dir, &why);
    assert_non_null(key);
    assert_string_equal(key_algorithm(key), "HS256");
    struct key *told = key_read("changeme", dir, &why);
    char *token = token_sign(key, "pushpin", 2000);
    assert_true(token_is_valid(told, "pushpin", span_of(token), 1000));
    free(token);
    key_free(told);
    key_free(key);
    char *path = mem_printf("file:%s/k.hex", dir);
    key = key_read(path, "/nowhere", &why);
    assert_non_null(key);
    key_free(key);
    free(path);
    remove_file("k.hex");
}

static void a_pem_key_decides_its_algorithm(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *ec = read_pair(EVP_EC_gen("P-256"), NULL, &why);
    assert_non_null(ec);
    assert_string_equal(key_algorithm(ec), "ES256");
    struct key *rsa = read_pair(EVP_RSA_gen(2048), NULL, &why);
    assert_non_null(rsa);
    assert_string_equal(key_algorithm(rsa), "RS256");
    char *token = token_sign(rsa, "pushpin", 2000);
    assert_true(token_is_valid(rsa, "pushpin", span_of(token), 1000));
    assert_false(token_is_valid(ec, "pushpin", span_of(token), 1000));
    free(token);
    key_free(rsa);
    key_free(ec);
}

static void a_key_file_that_is_no_such_key_is_refused_with_its_name(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *key = read_pair(EVP_EC_gen("P-384"), NULL, &why);
    assert_refused(key, why, "k.pem' is neither EC P-256 nor RSA of 2048 bits");
    key = read_pair(EVP_RSA_gen(1024), NULL, &why);
    assert_refused(key, why, "neither EC P-256 nor RSA of 2048 bits");
    key = read_pair(EVP_EC_gen("P-256"), EVP_aes_128_cbc(), &why);
    assert_refused(key, why, "holds no private key without a passphrase");
    key = read_pem("-----BEGIN PRIVATE KEY-----\njunk\n", &why);
    assert_refused(key, why, "holds no private key");
    key = read_pem("xyz", &why);
    assert_refused(key, why, "neither a PEM key nor a secret in hexadecimal");
    key = read_pem("", &why);
    assert_refused(key, why, "neither a PEM key nor a secret in hexadecimal");
    key = key_read("file:absent.pem", dir, &why);
    assert_refused(key, why, "absent.pem': No such file or directory");
}

static char *printed(const struct key *key)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_true(key_print_public(key, out));
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Returns: the number behind `"name":"` in a JWK. */
static BIGNUM *jwk_number(const char *jwk, const char *name)
{
    char *start = mem_printf("\"%s\":\"", name);
    const char *found = strstr(jwk, start);
    assert_non_null(found);
    struct span rest = span_of(found + strlen(start));
    struct buf bytes = {0};
    assert_true(base64_decode(&bytes, span_cut(&rest, '"')));
    BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.bytes, (int)bytes.len, NULL);
    buf_done(&bytes);
    free(start);
    return number;
}

static void assert_param(EVP_PKEY *pair, const char *param, const char *jwk, const char *name)
{
    BIGNUM *expected = NULL;
    BIGNUM *got = jwk_number(jwk, name);
    assert_true(EVP_PKEY_get_bn_param(pair, param, &expected));
    assert_int_equal(BN_cmp(expected, got), 0);
    BN_free(expected);
    BN_free(got);
}

static EVP_PKEY *public_in(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *public = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    assert_non_null(public);
    BIO_free(bio);
    return public;
}

static void the_public_half_is_printed_as_pem_and_as_jwk(void **state)
{
    (void)state;
    struct key *key = key_make();
    char *text = printed(key);
    assert_null(strstr(text, "PRIVATE"));
    EVP_PKEY *public = public_in(text);
    const char *jwk = strstr(text, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\"");
    assert_non_null(jwk);
    assert_param(public, OSSL_PKEY_PARAM_EC_PUB_X, jwk, "x");
    assert_param(public, OSSL_PKEY_PARAM_EC_PUB_Y, jwk, "y");
    EVP_PKEY_free(public);
    free(text);
    key_free(key);
}

static void an_rsa_key_is_printed_too(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *key = read_pair(EVP_RSA_gen(2048), NULL, &why);
    char *text = printed(key);
    EVP_PKEY *public = public_in(text);
    const char *jwk = strstr(text, "{\"kty\":\"RSA\",\"alg\":\"RS256\"");
    assert_non_null(jwk);
    assert_param(public, OSSL_PKEY_PARAM_RSA_N, jwk, "n");
    assert_param(public, OSSL_PKEY_PARAM_RSA_E, jwk, "e");
    EVP_PKEY_free(public);
    free(text);
    key_free(key);
}

/* RFC 7518 6.2.1.2: a coordinate that begins with a zero byte keeps it. */
static void coordinates_have_their_full_width(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        struct key *key = key_make();
        const char *x = strstr(key->jwk, "\"x\":\"") + 5;
        const char *y = strstr(key->jwk, "\"y\":\"") + 5;
        assert_int_equal(strcspn(x, "\""), 43);
        assert_int_equal(strcspn(y, "\""), 43);
        key_free(key);
    }
}

static void a_secret_has_no_public_half(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *key = key_read("changeme", dir, &why);
    assert_false(key_print_public(key, stdout));
    key_free(key);
}

/* Reads `content` as file:k, for a key that verifies. */
static struct key *read_verifier(struct span content, char **why)
{
    put_file("k", content);
    struct key *key = key_read_verifier("file:k", dir, why);
    remove_file("k");
    return key;
}

static void assert_verifies(struct key *key, const struct key *signer, const char *algorithm)
{
    assert_non_null(key);
    assert_string_equal(key_algorithm(key), algorithm);
    char *token = token_sign(signer, "pushpin", 2000);
    assert_true(token_is_valid(key, "pushpin", span_of(token), 1000));
    token[strlen(token) - 10] ^= 1;
    assert_false(token_is_valid(key, "pushpin", span_of(token), 1000));
    free(token);
    key_free(key);
}

static void a_public_key_verifies_what_the_private_one_signed(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *ec = key_make();
    struct key *rsa = read_pair(EVP_RSA_gen(2048), NULL, &why);
    assert_verifies(read_verifier(buf_span(&ec->verifies), &why), ec, "ES256");
    assert_verifies(read_verifier(buf_span(&rsa->verifies), &why), rsa, "RS256");
    assert_verifies(read_verifier(buf_span(&ec->signs), &why), ec, "ES256");
    assert_verifies(read_verifier(span_of(ec->jwk), &why), ec, "ES256");
    assert_verifies(read_verifier(span_of(rsa->jwk), &why), rsa, "RS256");
    char *set = mem_printf("{\"keys\":[%s]}", ec->jwk);
    assert_verifies(read_verifier(span_of(set), &why), ec, "ES256");
    free(set);
    assert_null(why);
    key_free(ec);
    key_free(rsa);
}

static void a_json_web_key_may_be_a_secret_and_has_a_name(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *told = key_read("changeme", dir, &why);
    assert_verifies(read_verifier(SPAN("{\"kty\":\"oct\",\"k\":\"Y2hhbmdlbWU\"}"), &why), told,
                    "HS256");
    key_free(told);
    struct key *key = read_verifier(SPAN("{\"kty\":\"oct\",\"k\":\"YQ\",\"kid\":\"one\"}"), &why);
    assert_string_equal(key->kid, "one");
    key_free(key);
}

static void a_json_web_key_of_another_kind_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{", "it is no JSON"},
        {"{}", "no JSON Web Key of kind"},
        {"{\"keys\":[]}", "its set holds 0 keys"},
        {"{\"keys\":[{},{}]}", "its set holds 2 keys"},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"YQ\"}", "no JSON Web Key of kind"},
        {"{\"kty\":\"oct\"}", "no JSON Web Key of kind"},
        {"{\"kty\":\"oct\",\"k\":\"@\"}", "no JSON Web Key of kind"},
        {"{\"kty\":\"oct\",\"k\":\"YQ\",\"alg\":\"HS512\"}", "is not for ES256"},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"YQ\",\"y\":\"YQ\"}", "no JSON Web Key of kind"},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\"}", "no JSON Web Key of kind"},
        /* Both coordinates have their width, and yet it is no point of the curve. */
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
         "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
         "no JSON Web Key of kind"},
        {"{\"kty\":\"RSA\",\"n\":\"3Q\",\"e\":\"AQAB\"}", "is not for ES256"},
        {"{\"kty\":\"RSA\",\"n\":\"\"}", "no JSON Web Key of kind"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *why = NULL;
        struct key *key = read_verifier(span_of(cases[i].text), &why);
        assert_refused(key, why, cases[i].words);
    }
}

/* Who signs needs the private half. */
static void a_public_key_is_no_key_to_sign_with(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *ec = key_make();
    put_file("k", buf_span(&ec->verifies));
    struct key *key = key_read("file:k", dir, &why);
    remove_file("k");
    assert_refused(key, why, "holds no private key");
    key_free(ec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_key_or_broken_base64_is_refused),
        cmocka_unit_test(a_file_may_hold_a_secret_in_hexadecimal),
        cmocka_unit_test(a_pem_key_decides_its_algorithm),
        cmocka_unit_test(a_key_file_that_is_no_such_key_is_refused_with_its_name),
        cmocka_unit_test(the_public_half_is_printed_as_pem_and_as_jwk),
        cmocka_unit_test(an_rsa_key_is_printed_too),
        cmocka_unit_test(coordinates_have_their_full_width),
        cmocka_unit_test(a_secret_has_no_public_half),
        cmocka_unit_test(a_public_key_verifies_what_the_private_one_signed),
        cmocka_unit_test(a_json_web_key_may_be_a_secret_and_has_a_name),
        cmocka_unit_test(a_json_web_key_of_another_kind_is_refused),
        cmocka_unit_test(a_public_key_is_no_key_to_sign_with),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
