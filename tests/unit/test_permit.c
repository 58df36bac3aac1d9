/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/key.h"
#include "common/permit.h"

static struct permit *read_good(const char *line)
{
    char *why = NULL;
    struct permit *permit = permit_read(span_of(line), "/nowhere", &why);
    if (!permit)
        fail_msg("%s", why);
    return permit;
}

static void assert_refused(const char *line, const char *words)
{
    char *why = NULL;
    assert_null(permit_read(span_of(line), "/nowhere", &why));
    assert_non_null(why);
    if (!strstr(why, words))
        fail_msg("'%s' does not say '%s'", why, words);
    assert_null(strstr(why, "hush"));
    free(why);
}

static void a_line_names_tokens_keys_and_channels(void **state)
{
    (void)state;
    struct permit *permit = read_good(
        " news token=one,token=\"two, three\",key=base64:YQ== iss=shop aud=us,channels=news-,"
        "channels=sport- # why");
    assert_string_equal(permit->name, "news");
    assert_int_equal(permit->tokens.count, 2);
    assert_string_equal(permit->tokens.at[1], "two, three");
    assert_int_equal(permit->key_count, 1);
    assert_string_equal(key_algorithm(permit->keys[0]), "HS256");
    assert_string_equal(permit->iss, "shop");
    assert_string_equal(permit->aud, "us");
    assert_true(permit->has_secret);
    permit_free(permit);
    permit = read_good("A.b_c-9 token=dGVzdA==");
    assert_string_equal(permit->tokens.at[0], "dGVzdA==");
    permit_free(permit);
}

static void it_reaches_channels_that_begin_so(void **state)
{
    (void)state;
    struct permit *permit = read_good("n token=t,channels=news-,channels=sport");
    assert_true(permit_reaches(permit, SPAN("news-1")));
    assert_true(permit_reaches(permit, SPAN("news-")));
    assert_true(permit_reaches(permit, SPAN("sport")));
    assert_true(permit_reaches(permit, SPAN("sports")));
    assert_false(permit_reaches(permit, SPAN("news")));
    assert_false(permit_reaches(permit, SPAN("xnews-1")));
    assert_false(permit_reaches(permit, SPAN("")));
    permit_free(permit);
    permit = read_good("n token=t");
    assert_true(permit_reaches(permit, SPAN("anything")));
    permit_free(permit);
}

static void what_is_no_permit_is_refused_without_its_secrets(void **state)
{
    (void)state;
    assert_refused("", "begins with a name");
    assert_refused("token=hush", "begins with a name");
    assert_refused("a/b token=hush", "begins with a name");
    assert_refused("\"a b\" token=hush", "begins with a name");
    assert_refused("n hush", "each with a value");
    assert_refused("n token=", "each with a value");
    assert_refused("n channels=,token=hush", "each with a value");
    assert_refused("n hush=x", "are understood");
    assert_refused("n", "without token= or key=");
    assert_refused("n channels=a", "without token= or key=");
    assert_refused("n token=hush,iss=x", "there is none");
    assert_refused("n key=hush,iss=a,iss=b", "iss= stands there a second time");
    assert_refused("n token=\"hush", "no closing");
    assert_refused("n token=\"hush\x01\"", "a byte that a header cannot carry");
    assert_refused("n token=file:t", "/nowhere/t: it cannot be opened");
    assert_refused("n key=file:k", "/nowhere/k");
    assert_refused("n key=base64:@hush", "not base64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_names_tokens_keys_and_channels),
        cmocka_unit_test(it_reaches_channels_that_begin_so),
        cmocka_unit_test(what_is_no_permit_is_refused_without_its_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
