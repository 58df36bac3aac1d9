/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "common/escape.h"
#include "common/mem.h"
#include "common/token.h"

/* GRIP 1.3: secret "changeme", {"exp":1893459600,"iss":"pushpin"} */
#define VECTOR                                                                                     \
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4OTM0NTk2MDAsImlzcyI6InB1c2hwaW4ifQ."         \
    "ABDuHkOzJZIsMmi_Ev7ICS86Q5iD4vQQyi-t-e0J-zM"
#define VECTOR_EXP 1893459600

static struct key *secret_of(const char *text)
{
    char *why = NULL;
    struct key *key = key_read(text, ".", &why);
    assert_non_null(key);
    return key;
}

/* Makes a token without the code under test. */
static char *hmac_token(const char *header, const char *claims, struct span secret)
{
    struct buf token = {0};
    unsigned char mac[32];
    base64url_encode(&token, span_of(header));
    buf_append(&token, SPAN("."));
    base64url_encode(&token, span_of(claims));
    assert_non_null(HMAC(EVP_sha256(), secret.at, (int)secret.len,
                         (const unsigned char *)token.bytes, token.len, mac, NULL));
    buf_append(&token, SPAN("."));
    base64url_encode(&token, span((const char *)mac, sizeof(mac)));
    return buf_take(&token);
}

static bool claims_are_valid(const char *header, const char *claims)
{
    struct key *key = secret_of("changeme");
    char *token = hmac_token(header, claims, SPAN("changeme"));
    bool valid = token_is_valid(key, "pushpin", span_of(token), 1000);
    free(token);
    key_free(key);
    return valid;
}

#define HS256 "{\"typ\":\"JWT\",\"alg\":\"HS256\"}"

static void the_test_vector_of_the_specification_verifies(void **state)
{
    (void)state;
    struct key *key = secret_of("changeme");
    assert_string_equal(key_algorithm(key), "HS256");
    assert_true(token_is_valid(key, "pushpin", SPAN(VECTOR), VECTOR_EXP - 1));
    key_free(key);
    key = secret_of("base64:Y2hhbmdlbWU=");
    assert_true(token_is_valid(key, "pushpin", SPAN(VECTOR), VECTOR_EXP - 1));
    key_free(key);
}

static void a_token_is_invalid_from_its_exp_on(void **state)
{
    (void)state;
    struct key *key = secret_of("changeme");
    assert_false(token_is_valid(key, "pushpin", SPAN(VECTOR), VECTOR_EXP));
    key_free(key);
    assert_true(claims_are_valid(HS256, "{\"iss\":\"pushpin\",\"exp\":1001}"));
    assert_false(claims_are_valid(HS256, "{\"iss\":\"pushpin\",\"exp\":1000}"));
    assert_false(claims_are_valid(HS256, "{\"iss\":\"pushpin\"}"));
    assert_false(claims_are_valid(HS256, "{\"iss\":\"pushpin\",\"exp\":\"2000\"}"));
}

static void a_token_is_invalid_before_its_nbf(void **state)
{
    (void)state;
    assert_true(claims_are_valid(HS256, "{\"iss\":\"pushpin\",\"exp\":2000,\"nbf\":1000}"));
    assert_false(claims_are_valid(HS256, "{\"iss\":\"pushpin\",\"exp\":2000,\"nbf\":1001}"));
}

static void a_token_of_another_issuer_or_secret_is_invalid(void **state)
{
    (void)state;
    struct key *key = secret_of("changeme");
    assert_false(token_is_valid(key, "fastly:1", SPAN(VECTOR), 1));
    key_free(key);
    key = secret_of("changeme2");
    assert_false(token_is_valid(key, "pushpin", SPAN(VECTOR), 1));
    key_free(key);
    assert_false(claims_are_valid(HS256, "{\"exp\":2000}"));
    assert_false(claims_are_valid(HS256, "{\"iss\":1,\"exp\":2000}"));
}

static void a_signed_token_is_what_an_independent_hmac_says(void **state)
{
    (void)state;
    struct key *key = secret_of("changeme");
    char *token = token_sign(key, "pushpin", VECTOR_EXP);
    struct span rest = span_of(token);
    struct buf header = {0};
    struct buf claims = {0};
    assert_true(base64_decode(&header, span_cut(&rest, '.')));
    assert_true(base64_decode(&claims, span_cut(&rest, '.')));
    char *header_text = buf_take(&header);
    char *claims_text = buf_take(&claims);
    assert_non_null(strstr(header_text, "\"typ\":\"JWT\""));
    assert_non_null(strstr(header_text, "\"alg\":\"HS256\""));
    assert_non_null(strstr(claims_text, "\"exp\":1893459600"));
    assert_non_null(strstr(claims_text, "\"iss\":\"pushpin\""));
    char *again = hmac_token(header_text, claims_text, SPAN("changeme"));
    assert_string_equal(token, again);
    free(again);
    free(header_text);
    free(claims_text);
    free(token);
    key_free(key);
}

static void an_es256_token_verifies_with_its_own_key_only(void **state)
{
    (void)state;
    struct key *key = key_make();
    struct key *other = key_make();
    assert_string_equal(key_algorithm(key), "ES256");
    char *token = token_sign(key, "pushpin", 2000);
    assert_true(token_is_valid(key, "pushpin", span_of(token), 1999));
    assert_false(token_is_valid(key, "pushpin", span_of(token), 2000));
    assert_false(token_is_valid(other, "pushpin", span_of(token), 1999));
    token[strlen(token) - 10] ^= 1;
    assert_false(token_is_valid(key, "pushpin", span_of(token), 1999));
    free(token);
    key_free(other);
    key_free(key);
}

static void a_public_key_is_not_taken_for_a_secret(void **state)
{
    (void)state;
    struct key *key = key_make();
    char *token = hmac_token(HS256, "{\"iss\":\"pushpin\",\"exp\":2000}", buf_span(&key->verifies));
    assert_false(token_is_valid(key, "pushpin", span_of(token), 1000));
    free(token);
    key_free(key);
}

static void a_token_without_signature_or_of_another_algorithm_is_invalid(void **state)
{
    (void)state;
    const char *claims = "{\"iss\":\"pushpin\",\"exp\":2000}";
    assert_true(claims_are_valid(HS256, claims));
    assert_false(claims_are_valid("{\"typ\":\"JWT\",\"alg\":\"none\"}", claims));
    assert_false(claims_are_valid("{\"typ\":\"JWT\",\"alg\":\"HS512\"}", claims));
    assert_false(claims_are_valid("{\"typ\":\"JWT\",\"alg\":\"ES256\"}", claims));
    assert_false(claims_are_valid("{\"typ\":\"JWT\"}", claims));
    struct key *key = secret_of("changeme");
    char *bare = hmac_token("{\"typ\":\"JWT\",\"alg\":\"none\"}", claims, SPAN("changeme"));
    strrchr(bare, '.')[1] = '\0';
    assert_false(token_is_valid(key, "pushpin", span_of(bare), 1000));
    free(bare);
    key_free(key);
}

static void what_is_no_token_is_invalid(void **state)
{
    (void)state;
    struct key *key = secret_of("changeme");
    assert_false(token_is_valid(key, "pushpin", SPAN(""), 1));
    assert_false(token_is_valid(key, "pushpin", (struct span){NULL, 0}, 1));
    assert_false(token_is_valid(key, "pushpin", SPAN("junk"), 1));
    assert_false(token_is_valid(key, "pushpin", SPAN(".."), 1));
    assert_false(token_is_valid(key, "pushpin", SPAN(VECTOR "\0"), 1));
    assert_false(token_is_valid(key, "pushpin", SPAN(VECTOR ".x"), 1));
    char *long_token = mem_new(100001);
    memset(long_token, 'A', 100000);
    assert_false(token_is_valid(key, "pushpin", span_of(long_token), 1));
    free(long_token);
    key_free(key);
}

/* SSL_get_error() looks at the queue and would blame a connection for it. */
static void a_bad_token_leaves_no_error_of_openssl_behind(void **state)
{
    (void)state;
    struct key *key = key_make();
    char *token = token_sign(key, "pushpin", 2000);
    *strrchr(token, '.') = '\0';
    char *broken = mem_printf("%s.AAAA", token);
    assert_false(token_is_valid(key, "pushpin", span_of(broken), 1));
    assert_int_equal(ERR_peek_error(), 0);
    free(broken);
    free(token);
    key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_test_vector_of_the_specification_verifies),
        cmocka_unit_test(a_token_is_invalid_from_its_exp_on),
        cmocka_unit_test(a_token_is_invalid_before_its_nbf),
        cmocka_unit_test(a_token_of_another_issuer_or_secret_is_invalid),
        cmocka_unit_test(a_signed_token_is_what_an_independent_hmac_says),
        cmocka_unit_test(an_es256_token_verifies_with_its_own_key_only),
        cmocka_unit_test(a_public_key_is_not_taken_for_a_secret),
        cmocka_unit_test(a_token_without_signature_or_of_another_algorithm_is_invalid),
        cmocka_unit_test(what_is_no_token_is_invalid),
        cmocka_unit_test(a_bad_token_leaves_no_error_of_openssl_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
