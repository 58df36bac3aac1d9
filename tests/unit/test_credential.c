/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/escape.h"
#include "common/key.h"
#include "common/mem.h"
#include "common/span.h"
#include "common/token.h"
#include "publisher/credential.h"

#define NOW 1700000000

static struct credential *credential_of(const char *query, char **why)
{
    char *text = mem_printf("http://h/%s", query);
    struct gripurl *url = gripurl_read(text, why);
    struct credential *credential = url ? credential_new(url, why) : NULL;
    gripurl_free(url);
    free(text);
    return credential;
}

/* Whether the line is a token of `iss` that was signed with `key`. */
static bool bears_token(const char *line, const struct key *key, const char *iss, int64_t now_s)
{
    struct span all = span_of(line);
    struct span start = SPAN("Authorization: Bearer ");
    return span_starts(all, start) && token_is_valid(key, iss, span_skip(all, start.len), now_s);
}

/* Appends `key` as base64 in a query. */
static void append_base64(struct buf *query, struct span key)
{
    buf_printf(query, "?iss=me&key=base64:");
    base64url_encode(query, key); /* survives the query as it is */
}

static void assert_signs(const char *query, const struct key *key)
{
    char *why = NULL;
    struct credential *credential = credential_of(query, &why);
    if (!credential)
        print_error("%s: %s\n", query, why);
    assert_non_null(credential);
    assert_true(bears_token(credential_line(credential, NOW), key, "me", NOW));
    credential_free(credential);
}

static void each_spelling_of_a_secret_signs_alike(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *key = key_read("ch>ng?me", ".", &why);
    assert_signs("?iss=me&key=ch>ng?me", key);
    assert_signs("?iss=me&key=base64:Y2g%2Bbmc/bWU=", key);
    assert_signs("?iss=me&key=base64:Y2g+bmc/bWU=", key);
    assert_signs("?iss=me&key=base64:Y2g-bmc_bWU", key);
    assert_signs("?iss=me&key={\"kty\":\"oct\",\"k\":\"Y2g-bmc_bWU\"}", key);
    struct buf query = {0};
    append_base64(&query, SPAN("{\"kty\":\"oct\",\"k\":\"Y2g-bmc_bWU\"}"));
    char *text = buf_take(&query);
    assert_signs(text, key);
    free(text);
    key_free(key);
}

/* Returns: the name of a fresh file with that content; caller frees and unlinks. */
static char *file_of(struct span content)
{
    char *path = mem_printf("/tmp/holdfast-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, content.at, content.len) == (ssize_t)content.len);
    (void)close(fd);
    return path;
}

static void a_private_key_may_be_a_file_or_base64(void **state)
{
    (void)state;
    struct key *key = key_make();
    char *path = file_of(buf_span(&key->signs));
    char *query = mem_printf("?iss=me&key=file:%s", path);
    assert_signs(query, key);
    free(query);
    struct buf base64 = {0};
    append_base64(&base64, buf_span(&key->signs));
    query = buf_take(&base64);
    assert_signs(query, key);
    free(query);
    (void)unlink(path);
    free(path);
    key_free(key);
}

static void a_token_is_kept_and_made_anew_before_it_runs_out(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *key = key_read("s", ".", &why);
    struct credential *credential = credential_of("?iss=me&key=s", &why);
    char *first = mem_printf("%s", credential_line(credential, NOW));
    assert_true(bears_token(first, key, "me", NOW + 599));
    assert_false(bears_token(first, key, "me", NOW + 601));
    assert_string_equal(credential_line(credential, NOW + 539), first);
    assert_string_not_equal(credential_line(credential, NOW + 541), first);
    assert_true(bears_token(credential_line(credential, NOW + 541), key, "me", NOW + 601));
    free(first);
    credential_free(credential);
    key_free(key);
}

static void assert_line(const char *text, const char *line)
{
    char *why = NULL;
    struct gripurl *url = gripurl_read(text, &why);
    struct credential *credential = credential_new(url, &why);
    assert_non_null(credential);
    const char *got = credential_line(credential, NOW);
    assert_int_equal(got == NULL, line == NULL);
    if (line)
        assert_string_equal(got, line);
    credential_free(credential);
    gripurl_free(url);
}

static void what_is_no_key_to_sign_with_goes_as_it_is(void **state)
{
    (void)state;
    char *path = file_of(SPAN("T-from-file\nmore\n"));
    char *text = mem_printf("http://h/?key=file:%s", path);
    assert_line("http://h/", NULL);
    assert_line("http://h/?key=T", "Authorization: Bearer T");
    assert_line("http://u:p@h/?key=T", "Authorization: Bearer T");
    assert_line("http://ann:se%40:cret@h/", "Authorization: Basic YW5uOnNlQDpjcmV0");
    assert_line("http://ann@h/", "Authorization: Basic YW5uOg==");
    assert_line(text, "Authorization: Bearer T-from-file");
    (void)unlink(path);
    free(text);
    free(path);
}

static void what_cannot_be_used_is_refused_without_showing_it(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "?iss=me",
        "?iss=me&key=",
        "?iss=%ff&key=s3cret",
        "?iss=me&key=base64:s3cret!",
        "?iss=me&key=base64:",
        "?iss=me&key=file:/nonexistent",
        "?iss=me&key=-----BEGIN s3cret",
        "?iss=me&key={\"kty\":\"EC\",\"d\":\"s3cret\"}",
        "?iss=me&key={\"kty\":\"oct\",\"k\":\"s3cret!\"}",
        "?key=",
        "?key=s3cret%0d%0aX:y",
        "?key=file:/nonexistent",
    };
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        char *why = NULL;
        struct credential *credential = credential_of(queries[i], &why);
        if (credential)
            print_error("%s was taken\n", queries[i]);
        assert_null(credential);
        assert_non_null(why);
        assert_null(strstr(why, "s3cret"));
        free(why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_spelling_of_a_secret_signs_alike),
        cmocka_unit_test(a_private_key_may_be_a_file_or_base64),
        cmocka_unit_test(a_token_is_kept_and_made_anew_before_it_runs_out),
        cmocka_unit_test(what_is_no_key_to_sign_with_goes_as_it_is),
        cmocka_unit_test(what_cannot_be_used_is_refused_without_showing_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
