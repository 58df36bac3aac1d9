/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers send to be let in: a line of Fastly-Key and one of Authorization. The fuzzer
 * knows neither token nor keys, so none is; and nobody waits where nothing was ever wrong.
 *
 * The first byte decides whether the rest is as it came, or the claims of a token that is signed
 * with a key that nobody has, in one of the ways a header carries it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "common/token.h"
#include "publisher/auth.h"
#include "tests/support/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct limits limits;
static struct permit *permits[3];
static struct auth *auth;
static uint64_t now_ms;

static void begin(void)
{
    static const char *const lines[] = {"a token=\"a token that nobody guesses\"",
                                        "b key=\"a secret that nobody guesses\",iss=b",
                                        "c key=\"another that nobody guesses\",aud=c"};
    limits_init(&limits);
    for (size_t i = 0; i < ARRAY_LEN(permits); i++) {
        char *why = NULL;
        permits[i] = permit_read(span_of(lines[i]), ".", &why);
        CHECK(permits[i]);
    }
    key_free(permits[2]->keys[0]);
    permits[2]->keys[0] = key_make();
    auth = auth_new(permits, ARRAY_LEN(permits), &limits);
}

static void ask(struct span fastly_key, struct span authorization)
{
    now_ms += limits.auth_failure_ms;
    const struct auth_answer answer =
        auth_check(auth, &(struct auth_request){.fastly_key = fastly_key,
                                                .authorization = authorization,
                                                .address = SPAN("here"),
                                                .now_ms = now_ms,
                                                .now_s = 1000});
    CHECK(answer.result == AUTH_WRONG);
    CHECK(answer.why && !answer.permit);
}

static void ask_signed(unsigned way, const char *claims)
{
    static const char *const headers[] = {JWT_HS256, "{\"typ\":\"JWT\",\"alg\":\"ES256\"}",
                                          "{\"alg\":\"HS256\",\"kid\":\"x\"}",
                                          "{\"typ\":\"JWT\",\"alg\":\"none\"}"};
    const struct buf *public = &permits[2]->keys[0]->verifies;
    struct span key = way & 4 ? buf_span(public) : SPAN("a key of the fuzzer's");
    char *token = jwt_hmac(headers[way & 3], claims, key);
    struct buf value = {0};
    buf_printf(&value, "Bearer %s", token);
    ask(span(NULL, 0), buf_span(&value));
    ask(span_of(token), span(NULL, 0));
    buf_done(&value);
    free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!auth)
        begin();
    if (!size)
        return 0;
    struct span rest = span((const char *)data + 1, size - 1);
    if (data[0] & 1) {
        char *claims = mem_copy(rest.at, rest.len);
        ask_signed(data[0] >> 1, claims);
        free(claims);
    } else {
        struct span fastly_key = span_cut(&rest, '\n');
        ask(fastly_key, rest);
    }
    return 0;
}
