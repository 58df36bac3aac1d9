/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "common/escape.h"
#include "common/mem.h"
#include "common/token.h"
#include "tests/support/jwt.h"

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

static bool claims_are_valid(const char *header, const char *claims)
{
    struct key *key = secret_of("changeme");
    char *token = jwt_hmac(header, claims, SPAN("changeme"));
    bool valid = token_is_valid(key, "pushpin", span_of(token), 1000);
    free(token);
    key_free(key);
    return valid;
}

#define HS256 JWT_HS256

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

/* RFC 7515, 4.1.11 */
static void a_token_that_demands_what_we_do_not_know_is_invalid(void **state)
{
    (void)state;
    static const char claims[] = "{\"iss\":\"pushpin\",\"exp\":2000}";
    assert_true(claims_are_valid("{\"alg\":\"HS256\",\"b64\":false}", claims));
    assert_false(claims_are_valid("{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", claims));
    assert_false(claims_are_valid("{\"alg\":\"HS256\",\"crit\":null}", claims));
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
    char *again = jwt_hmac(header_text, claims_text, SPAN("changeme"));
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
    char *token = jwt_hmac(HS256, "{\"iss\":\"pushpin\",\"exp\":2000}", buf_span(&key->verifies));
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
    char *bare = jwt_hmac("{\"typ\":\"JWT\",\"alg\":\"none\"}", claims, SPAN("changeme"));
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

static enum token_result judged(const char *claims, const struct token_wanted *wanted)
{
    struct key *key = secret_of("changeme");
    char *token = jwt_hmac(HS256, claims, SPAN("changeme"));
    int64_t exp_s = -1;
    enum token_result result = token_verify(key, wanted, span_of(token), 1000, &exp_s);
    assert_int_equal(exp_s, result == TOKEN_GOOD ? 2000 : -1);
    free(token);
    key_free(key);
    return result;
}

static void times_may_have_fractions_but_are_numbers(void **state)
{
    (void)state;
    const struct token_wanted any = {0};
    assert_int_equal(judged("{\"exp\":2000.5}", &any), TOKEN_GOOD);
    assert_int_equal(judged("{\"exp\":2000,\"nbf\":999.5}", &any), TOKEN_GOOD);
    assert_int_equal(judged("{\"exp\":2000,\"nbf\":1000.5}", &any), TOKEN_TOO_EARLY);
    assert_int_equal(judged("{\"exp\":2000,\"nbf\":\"1\"}", &any), TOKEN_TOO_EARLY);
    assert_int_equal(judged("{\"exp\":[2000]}", &any), TOKEN_EXPIRED);
    assert_int_equal(judged("{\"exp\":true}", &any), TOKEN_EXPIRED);
    assert_int_equal(judged("{}", &any), TOKEN_EXPIRED);
}

/* RFC 7519, 4.1.3 */
static void an_audience_has_to_be_the_one_that_is_wanted(void **state)
{
    (void)state;
    const struct token_wanted us = {.aud = "us"};
    const struct token_wanted nobody = {0};
    assert_int_equal(judged("{\"exp\":2000,\"aud\":\"us\"}", &us), TOKEN_GOOD);
    assert_int_equal(judged("{\"exp\":2000,\"aud\":[\"you\",\"us\"]}", &us), TOKEN_GOOD);
    assert_int_equal(judged("{\"exp\":2000,\"aud\":\"usa\"}", &us), TOKEN_NOT_AUDIENCE);
    assert_int_equal(judged("{\"exp\":2000,\"aud\":[]}", &us), TOKEN_NOT_AUDIENCE);
    assert_int_equal(judged("{\"exp\":2000,\"aud\":{\"us\":1}}", &us), TOKEN_NOT_AUDIENCE);
    assert_int_equal(judged("{\"exp\":2000}", &us), TOKEN_NOT_AUDIENCE);
    assert_int_equal(judged("{\"exp\":2000,\"aud\":\"us\"}", &nobody), TOKEN_NOT_AUDIENCE);
}

static void each_fault_has_its_words(void **state)
{
    (void)state;
    const struct token_wanted test = {.iss = "test"};
    assert_int_equal(judged("{\"exp\":2000,\"iss\":\"test\"}", &test), TOKEN_GOOD);
    assert_int_equal(judged("{\"exp\":2000,\"iss\":\"tes\"}", &test), TOKEN_NOT_ISSUER);
    assert_int_equal(judged("{\"exp\":2000}", &test), TOKEN_NOT_ISSUER);
    for (enum token_result result = TOKEN_GOOD; result <= TOKEN_NOT_AUDIENCE; result++)
        assert_true(strlen(token_fault(result)) > 0);
}

static void what_a_token_names_can_be_read_without_a_key(void **state)
{
    (void)state;
    struct token_names names;
    char *token = jwt_hmac("{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"k1\"}",
                           "{\"iss\":\"shop\"}", SPAN("whatever"));
    assert_true(token_peek(&names, span_of(token)));
    assert_string_equal(names.alg, "ES256");
    assert_string_equal(names.kid, "k1");
    assert_string_equal(names.iss, "shop");
    token_names_done(&names);
    free(token);
    token = jwt_hmac(HS256, "{\"iss\":5}", SPAN("whatever"));
    assert_true(token_peek(&names, span_of(token)));
    assert_null(names.kid);
    assert_null(names.iss);
    token_names_done(&names);
    free(token);
    assert_false(token_peek(&names, SPAN("a.b.c")));
    token_names_done(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_test_vector_of_the_specification_verifies),
        cmocka_unit_test(a_token_is_invalid_from_its_exp_on),
        cmocka_unit_test(a_token_is_invalid_before_its_nbf),
        cmocka_unit_test(a_token_that_demands_what_we_do_not_know_is_invalid),
        cmocka_unit_test(a_token_of_another_issuer_or_secret_is_invalid),
        cmocka_unit_test(a_signed_token_is_what_an_independent_hmac_says),
        cmocka_unit_test(an_es256_token_verifies_with_its_own_key_only),
        cmocka_unit_test(a_public_key_is_not_taken_for_a_secret),
        cmocka_unit_test(a_token_without_signature_or_of_another_algorithm_is_invalid),
        cmocka_unit_test(what_is_no_token_is_invalid),
        cmocka_unit_test(times_may_have_fractions_but_are_numbers),
        cmocka_unit_test(an_audience_has_to_be_the_one_that_is_wanted),
        cmocka_unit_test(each_fault_has_its_words),
        cmocka_unit_test(what_a_token_names_can_be_read_without_a_key),
        cmocka_unit_test(a_bad_token_leaves_no_error_of_openssl_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
