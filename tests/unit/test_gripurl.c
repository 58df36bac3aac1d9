/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "publisher/gripurl.h"

struct form {
    const char *text, *url, *shown, *iss, *key, *user, *password;
};

#define LOCAL "http://127.0.0.1:5561/publish/"
#define FASTLY "https://api.fastly.com/service/ID/publish/"

/* As @fanoutio/grip 4.3.0 reads them, but for the escapes in a user's name and password. */
static const struct form forms[] = {
    {"http://127.0.0.1:5561", LOCAL, LOCAL, NULL, NULL, NULL, NULL},
    {"http://127.0.0.1:5561/", LOCAL, LOCAL, NULL, NULL, NULL, NULL},
    {"http://127.0.0.1:5561///", LOCAL, LOCAL, NULL, NULL, NULL, NULL},
    {"HTTP://127.0.0.1:5561/#there", LOCAL, LOCAL, NULL, NULL, NULL, NULL},
    {"http://127.0.0.1:5561?iss=me&key=changeme", LOCAL, LOCAL, "me", "changeme", NULL, NULL},
    {"http://127.0.0.1:5561/?key=changeme&iss=", LOCAL, LOCAL, "", "changeme", NULL, NULL},
    {"http://127.0.0.1:5561/?iss=me&key=base64%3AY2hhbmdlbWU%3D", LOCAL, LOCAL, "me",
     "base64:Y2hhbmdlbWU=", NULL, NULL},
    {"http://127.0.0.1:5561/?iss=me&key=base64:a+b/", LOCAL, LOCAL, "me", "base64:a b/", NULL,
     NULL},
    {"http://127.0.0.1:5561/?iss=me&key=-----BEGIN%20PRIVATE%20KEY-----%0AMIG%0A", LOCAL, LOCAL,
     "me", "-----BEGIN PRIVATE KEY-----\nMIG\n", NULL, NULL},
    {"http://127.0.0.1:5561/?iss=me&key={\"kty\":\"oct\"}", LOCAL, LOCAL, "me", "{\"kty\":\"oct\"}",
     NULL, NULL},
    {"https://api.fastly.com/service/ID?key=TOKEN&verify-iss=fastly:ID&verify-key=%7B%7D", FASTLY,
     FASTLY, NULL, "TOKEN", NULL, NULL},
    {"https://api.fastly.com/service/ID/?key=TOKEN", FASTLY, FASTLY, NULL, "TOKEN", NULL, NULL},
    {"http://ann:se:cret@127.0.0.1:5561/", LOCAL, LOCAL, NULL, NULL, "ann", "se:cret"},
    {"http://ann:p%40ss@127.0.0.1:5561/", LOCAL, LOCAL, NULL, NULL, "ann", "p@ss"},
    {"http://ann@127.0.0.1:5561/", LOCAL, LOCAL, NULL, NULL, "ann", ""},
    {"http://b/base?foo=1&key=T&x=a%20b&key=U", "http://b/base/publish/?foo=1&x=a%20b",
     "http://b/base/publish/", NULL, "T", NULL, NULL},
    {"http://[::1]:5561/?key", "http://[::1]:5561/publish/", "http://[::1]:5561/publish/", NULL, "",
     NULL, NULL},
    {"{\"control_uri\":\"http://127.0.0.1:5561\",\"control_iss\":\"me\",\"key\":\"changeme\"}",
     LOCAL, LOCAL, "me", "changeme", NULL, NULL},
    {"{\"control_uri\":\"http://"
     "127.0.0.1:5561?key=T\",\"control_iss\":\"me\",\"key\":{\"kty\":\"oct\"}}",
     LOCAL, LOCAL, "me", "{\"kty\":\"oct\"}", NULL, NULL},
    {"{\"control_uri\":\"http://127.0.0.1:5561/\",\"user\":\"ann\",\"pass\":\"secret\"}", LOCAL,
     LOCAL, NULL, NULL, "ann", "secret"},
};

static void assert_text(const char *got, const char *wanted)
{
    assert_int_equal(got == NULL, wanted == NULL);
    if (wanted)
        assert_string_equal(got, wanted);
}

static void each_form_of_the_libraries_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        char *why = NULL;
        struct gripurl *url = gripurl_read(forms[i].text, &why);
        if (!url) {
            fail_msg("%s: %s", forms[i].text, why);
            return;
        }
        assert_string_equal(url->url, forms[i].url);
        assert_string_equal(url->shown, forms[i].shown);
        assert_text(url->iss, forms[i].iss);
        assert_text(url->key, forms[i].key);
        assert_text(url->user, forms[i].user);
        assert_text(url->password, forms[i].password);
        assert_null(url->socket);
        gripurl_free(url);
    }
}

static void a_unix_socket_is_one_more(void **state)
{
    (void)state;
    char *why = NULL;
    struct gripurl *url = gripurl_read("unix:/run/x/control.sock", &why);
    assert_string_equal(url->socket, "/run/x/control.sock");
    assert_string_equal(url->url, "http://localhost/publish/");
    assert_string_equal(url->shown, "unix:/run/x/control.sock");
    gripurl_free(url);
}

static void a_credential_may_take_the_place_of_what_was_told(void **state)
{
    (void)state;
    char *why = NULL;
    struct gripurl *url = gripurl_read("http://ann:secret@h/?iss=me&key=changeme", &why);
    gripurl_set_bearer(url, "T");
    assert_string_equal(url->key, "T");
    assert_null(url->iss);
    assert_null(url->user);
    gripurl_set_basic(url, SPAN("bob"), SPAN("p"));
    assert_string_equal(url->user, "bob");
    assert_string_equal(url->password, "p");
    assert_null(url->key);
    gripurl_free(url);
}

static void what_is_none_is_refused_without_showing_its_secret(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "localhost:5561?key=s3cret",
        "ftp://host/?key=s3cret",
        "http://?key=s3cret",
        "http://host:99999/?key=s3cret",
        "http://host/?key=s3cret%zz",
        "http://host/?key=s3cret%",
        "http://host/?key=s3cret%00",
        "http://ho st/?key=s3cret",
        "unix:",
        "{\"control_uri\":\"http://h\",\"key\":\"s3cret\"",
        "{\"key\":\"s3cret\"}",
        "{\"control_uri\":\"http://h\",\"key\":[\"s3cret\"]}",
        "{\"control_uri\":\"h\",\"key\":\"s3cret\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char *why = NULL;
        struct gripurl *url = gripurl_read(texts[i], &why);
        if (url)
            print_error("%s was read\n", texts[i]);
        assert_null(url);
        assert_non_null(why);
        assert_null(strstr(why, "s3cret"));
        free(why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_of_the_libraries_is_read),
        cmocka_unit_test(a_unix_socket_is_one_more),
        cmocka_unit_test(a_credential_may_take_the_place_of_what_was_told),
        cmocka_unit_test(what_is_none_is_refused_without_showing_its_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
