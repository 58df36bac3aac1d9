/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/mem.h"
#include "common/token.h"
#include "publisher/auth.h"
#include "tests/support/jwt.h"

#define NOW_S 1000

/* Who is known, and what was asked last. */
struct stage {
    struct limits limits;
    struct permit *permits[8];
    size_t count;
    struct auth *auth;
    uint64_t now_ms;
    struct auth_answer answer;
};

static void know(struct stage *stage, const char *line)
{
    char *why = NULL;
    stage->permits[stage->count] = permit_read(span_of(line), ".", &why);
    assert_non_null(stage->permits[stage->count++]);
}

static int set_up(void **state)
{
    struct stage *stage = mem_new(sizeof(*stage));
    limits_init(&stage->limits);
    stage->limits.auth_failures = 3;
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    auth_free(stage->auth);
    for (size_t i = 0; i < stage->count; i++)
        permit_free(stage->permits[i]);
    free(stage);
    return 0;
}

static enum auth_result ask(struct stage *stage, const char *fastly_key, const char *authorization)
{
    if (!stage->auth)
        stage->auth = auth_new(stage->permits, stage->count, &stage->limits);
    stage->answer = auth_check(
        stage->auth, &(struct auth_request){
                         .fastly_key = fastly_key ? span_of(fastly_key) : span(NULL, 0),
                         .authorization = authorization ? span_of(authorization) : span(NULL, 0),
                         .address = SPAN("here"),
                         .now_ms = stage->now_ms,
                         .now_s = NOW_S});
    return stage->answer.result;
}

static void assert_lets_in(struct stage *stage, const char *fastly_key, const char *authorization,
                           const char *name)
{
    assert_int_equal(ask(stage, fastly_key, authorization), AUTH_OK);
    assert_string_equal(stage->answer.permit->name, name);
}

/* Asks as one whose earlier failures are forgotten. */
static enum auth_result ask_afresh(struct stage *stage, const char *fastly_key,
                                   const char *authorization)
{
    stage->now_ms += stage->limits.auth_failure_ms;
    return ask(stage, fastly_key, authorization);
}

static void each_token_is_accepted_in_either_header(void **state)
{
    struct stage *stage = *state;
    know(stage, "a token=first-token,token=second");
    know(stage, "b token=third");
    assert_lets_in(stage, "first-token", NULL, "a");
    assert_lets_in(stage, " second ", NULL, "a");
    assert_lets_in(stage, NULL, "Bearer third", "b");
    assert_lets_in(stage, "wrong", "Bearer third", "b");
    assert_lets_in(stage, "third", "Basic eDp5", "b");
    assert_lets_in(stage, NULL, "Basic dXNlcjp0aGlyZA==", "b");
    assert_lets_in(stage, NULL, "Basic b'dXNlcjp0aGlyZA=='", "b");
}

static void anything_else_is_wrong(void **state)
{
    struct stage *stage = *state;
    know(stage, "a token=first-token,token=second");
    static const char *const keys[] = {"", "secon", "secondd", "SECOND", "first-token,second"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        assert_int_equal(ask_afresh(stage, keys[i], NULL), AUTH_WRONG);
    static const char *const values[] = {"second",       "Basic second", "Bearer",
                                         "Bearer ",      "Bearersecond", "Bearer second x",
                                         "Basic b'eDp5'"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        assert_int_equal(ask_afresh(stage, NULL, values[i]), AUTH_WRONG);
    assert_string_equal(stage->answer.why, "is none of ours");
    assert_null(stage->answer.permit);
}

static void no_token_is_told_apart_from_a_wrong_one(void **state)
{
    struct stage *stage = *state;
    know(stage, "a token=t");
    for (int i = 0; i < 5; i++)
        assert_int_equal(ask(stage, NULL, NULL), AUTH_MISSING);
}

static void without_permits_credentials_are_not_looked_at(void **state)
{
    struct stage *stage = *state;
    assert_lets_in(stage, NULL, NULL, "anyone");
    assert_lets_in(stage, "x", "Basic b'eDp5'", "anyone");
}

/* Returns: the value of Authorization with a token; good until the next call. */
static const char *bearer(const char *header, const char *claims, const char *secret)
{
    static char value[1024];
    char *token = jwt_hmac(header, claims, span_of(secret));
    (void)snprintf(value, sizeof(value), "Bearer %s", token);
    free(token);
    return value;
}

#define GOOD "{\"iss\":\"shop\",\"exp\":2000}"

static void a_signed_token_is_its_keys_owners(void **state)
{
    struct stage *stage = *state;
    know(stage, "a token=t");
    know(stage, "b key=changeme,iss=shop");
    know(stage, "c key=other,iss=bank,aud=us");
    assert_lets_in(stage, NULL, bearer(JWT_HS256, GOOD, "changeme"), "b");
    assert_lets_in(stage, NULL,
                   bearer(JWT_HS256, "{\"iss\":\"bank\",\"exp\":2000,\"aud\":\"us\"}", "other"),
                   "c");
    assert_lets_in(stage, bearer(JWT_HS256, GOOD, "changeme") + strlen("Bearer "), NULL, "b");
}

static void a_token_that_is_not_good_is_told_why(void **state)
{
    struct stage *stage = *state;
    know(stage, "b key=changeme,iss=shop");
    static const struct {
        const char *header, *claims, *secret, *words;
    } cases[] = {
        {JWT_HS256, GOOD, "change", "is not signed"},
        {JWT_HS256, "{\"iss\":\"shop\",\"exp\":1000}", "changeme", "has expired"},
        {JWT_HS256, "{\"iss\":\"shop\"}", "changeme", "has expired"},
        {JWT_HS256, "{\"iss\":\"shop\",\"exp\":2000,\"nbf\":1001}", "changeme", "not good yet"},
        {JWT_HS256, "{\"iss\":\"shop\",\"exp\":2000,\"aud\":\"x\"}", "changeme",
         "another audience"},
        {JWT_HS256, "{\"iss\":\"bank\",\"exp\":2000}", "changeme", "is not signed"},
        {JWT_HS256, "{\"exp\":2000}", "changeme", "is not signed"},
        {"{\"typ\":\"JWT\",\"alg\":\"none\"}", GOOD, "changeme", "is not signed"},
        {"{\"typ\":\"JWT\",\"alg\":\"HS384\"}", GOOD, "changeme", "is not signed"},
        {"{\"typ\":\"JWT\"}", GOOD, "changeme", "is not signed"},
        {"{", GOOD, "changeme", "is not signed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *sent = bearer(cases[i].header, cases[i].claims, cases[i].secret);
        assert_int_equal(ask_afresh(stage, NULL, sent), AUTH_WRONG);
        if (!strstr(stage->answer.why, cases[i].words))
            fail_msg("case %zu: '%s'", i, stage->answer.why);
    }
}

static void which_key_it_is_follows_from_what_the_token_names(void **state)
{
    struct stage *stage = *state;
    know(stage, "any key=general");
    know(stage, "shop key=special,iss=shop");
    assert_lets_in(stage, NULL, bearer(JWT_HS256, "{\"exp\":2000}", "general"), "any");
    assert_lets_in(stage, NULL, bearer(JWT_HS256, "{\"iss\":\"x\",\"exp\":2000}", "general"),
                   "any");
    assert_lets_in(stage, NULL, bearer(JWT_HS256, GOOD, "special"), "shop");
    assert_int_equal(ask(stage, NULL, bearer(JWT_HS256, GOOD, "general")), AUTH_WRONG);
    assert_int_equal(ask(stage, NULL, bearer(JWT_HS256, "{\"exp\":2000}", "special")), AUTH_WRONG);
}

/* One signature is verified, not one for each that was sent. */
static void only_the_first_signed_token_is_verified(void **state)
{
    struct stage *stage = *state;
    know(stage, "a key=changeme,iss=shop");
    know(stage, "b token=t");
    char *bad = mem_printf("%s", bearer(JWT_HS256, GOOD, "wrong") + strlen("Bearer "));
    assert_int_equal(ask(stage, bad, bearer(JWT_HS256, GOOD, "changeme")), AUTH_WRONG);
    assert_lets_in(stage, bad, "Bearer t", "b");
    free(bad);
}

/* It has a name in common with both, and with neither more than with the other. */
static void a_token_that_fits_two_keys_alike_is_refused(void **state)
{
    struct stage *stage = *state;
    know(stage, "a key=changeme,iss=shop");
    know(stage, "b key=changeme,iss=shop");
    stage->permits[0]->keys[0]->kid = mem_printf("one");
    stage->permits[1]->keys[0]->kid = mem_printf("two");
    assert_int_equal(ask(stage, NULL, bearer(JWT_HS256, GOOD, "changeme")), AUTH_WRONG);
    assert_lets_in(stage, NULL, bearer("{\"alg\":\"HS256\",\"kid\":\"two\"}", GOOD, "changeme"),
                   "b");
    assert_int_equal(
        ask(stage, NULL, bearer("{\"alg\":\"HS256\",\"kid\":\"x\"}", GOOD, "changeme")),
        AUTH_WRONG);
}

/* The text of a public key is known to everyone. */
static void a_public_key_is_no_secret(void **state)
{
    struct stage *stage = *state;
    know(stage, "a key=whatever");
    struct key *pair = key_make();
    key_free(stage->permits[0]->keys[0]);
    stage->permits[0]->keys[0] = pair;
    char *token = token_sign(pair, "x", 2000);
    assert_lets_in(stage, token, NULL, "a");
    free(token);
    char *pem = mem_copy(pair->verifies.bytes, pair->verifies.len);
    assert_int_equal(ask(stage, NULL, bearer(JWT_HS256, GOOD, pem)), AUTH_WRONG);
    free(pem);
}

static void who_failed_too_often_waits(void **state)
{
    struct stage *stage = *state;
    know(stage, "a token=t");
    know(stage, "b key=changeme");
    stage->limits.auth_failure_ms = 1000;
    char *known = mem_printf("%s", bearer(JWT_HS256, GOOD, "changeme"));
    assert_lets_in(stage, NULL, known, "b");
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(stage, "wrong", NULL), AUTH_WRONG);
    assert_int_equal(ask(stage, "wrong", NULL), AUTH_TOO_OFTEN);
    assert_int_equal(stage->answer.wait_ms, 1000);
    /* Nothing is verified any more ... */
    const char *fresh = bearer(JWT_HS256, "{\"exp\":2001}", "changeme");
    assert_int_equal(ask(stage, NULL, fresh), AUTH_TOO_OFTEN);
    /* ... but who needs no verifying does not suffer from a neighbour. */
    assert_lets_in(stage, "t", NULL, "a");
    assert_lets_in(stage, NULL, known, "b");
    assert_int_equal(ask(stage, NULL, NULL), AUTH_MISSING);
    stage->now_ms += 1000;
    assert_lets_in(stage, NULL, fresh, "b");
    free(known);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        test(each_token_is_accepted_in_either_header),
        test(anything_else_is_wrong),
        test(no_token_is_told_apart_from_a_wrong_one),
        test(without_permits_credentials_are_not_looked_at),
        test(a_signed_token_is_its_keys_owners),
        test(a_token_that_is_not_good_is_told_why),
        test(which_key_it_is_follows_from_what_the_token_names),
        test(only_the_first_signed_token_is_verified),
        test(a_token_that_fits_two_keys_alike_is_refused),
        test(a_public_key_is_no_secret),
        test(who_failed_too_often_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
