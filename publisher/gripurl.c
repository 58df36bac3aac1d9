/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/gripurl.h"

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/escape.h"
#include "common/mem.h"
#include "common/span.h"

#define UNIX_SOCKET SPAN("unix:")
#define FIX "write for example http://127.0.0.1:5561 or https://HOST/?key=TOKEN"

static void wipe(char **secret)
{
    if (*secret)
        OPENSSL_cleanse(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

/* ---- the query ---- */

/* Takes one character, or what an escape stands for, off `text`.
 * Returns: false where it is broken or means NUL. */
static bool take_character(struct span *text, struct buf *out)
{
    bool is_escape = *text->at == '%';
    size_t len = is_escape ? 3 : 1;
    if (text->len < len)
        return false;
    struct span it = span(text->at, len);
    *text = span_skip(*text, len);
    if (is_escape)
        return hex_decode(out, span_skip(it, 1)) && out->bytes[out->len - 1] != '\0';
    buf_append(out, *it.at == '+' ? SPAN(" ") : it);
    return true;
}

/* Returns: `text` with its escapes undone, NULL where one is broken; caller frees. */
static char *undo_escapes(struct span text)
{
    struct buf out = {0};
    while (text.len)
        if (!take_character(&text, &out)) {
            buf_done(&out);
            return NULL;
        }
    return buf_take(&out);
}

/* Takes in one `name=value` of the query; what is not ours goes on to `rest`.
 * Returns: false with `*why` set. */
static bool take_parameter(struct gripurl *url, struct span pair, struct buf *rest, char **why)
{
    struct span value = pair;
    struct span name = span_cut(&value, '=');
    char **place = NULL;

    if (span_equal(name, SPAN("iss")))
        place = &url->iss;
    else if (span_equal(name, SPAN("key")))
        place = &url->key;
    else if (span_equal(name, SPAN("verify-iss")) || span_equal(name, SPAN("verify-key")))
        return true;
    if (!place) {
        buf_printf(rest, "%s", rest->len ? "&" : "");
        buf_append(rest, pair);
        return true;
    }
    if (*place)
        return true; /* the first counts, as for URLSearchParams.get() */
    *place = undo_escapes(value);
    if (!*place)
        *why =
            mem_printf("the value of \"%.*s\" holds a broken %%-escape: write %%25 for a percent "
                       "sign",
                       (int)name.len, name.at);
    return *place != NULL;
}

/* Leaves in `curlu` the parameters that are not ours. */
static bool take_query(struct gripurl *url, CURLU *curlu, char **why)
{
    char *query = NULL;
    if (curl_url_get(curlu, CURLUPART_QUERY, &query, 0))
        return true; /* there is none */
    struct buf rest = {0};
    bool is_read = true;
    for (struct span pairs = span_of(query); pairs.len && is_read;) {
        struct span pair = span_cut(&pairs, '&');
        is_read = !pair.len || take_parameter(url, pair, &rest, why);
    }
    char *text = buf_take(&rest);
    CURLUcode fault = curl_url_set(curlu, CURLUPART_QUERY, *text ? text : NULL, 0);
    if (is_read && fault)
        *why = mem_printf("its query cannot be read");
    free(text);
    OPENSSL_cleanse(query, strlen(query));
    curl_free(query);
    return is_read && !fault;
}

/* ---- the other parts ---- */

/* Returns: a part with its escapes undone, or NULL where there is none; caller frees. */
static char *take_part(CURLU *curlu, CURLUPart part)
{
    char *text = NULL;
    if (curl_url_get(curlu, part, &text, CURLU_URLDECODE))
        return NULL;
    char *copy = mem_copy(text, strlen(text));
    OPENSSL_cleanse(text, strlen(text));
    curl_free(text);
    return copy;
}

static void take_user(struct gripurl *url, CURLU *curlu)
{
    url->user = take_part(curlu, CURLUPART_USER);
    url->password = take_part(curlu, CURLUPART_PASSWORD);
    if (url->user && !url->password)
        url->password = mem_copy("", 0);
    if (!url->user && url->password)
        url->user = mem_copy("", 0);
    (void)curl_url_set(curlu, CURLUPART_USER, NULL, 0);
    (void)curl_url_set(curlu, CURLUPART_PASSWORD, NULL, 0);
    (void)curl_url_set(curlu, CURLUPART_FRAGMENT, NULL, 0);
}

/* Returns: whether the path could be made to end in /publish/. */
static bool extend_path(CURLU *curlu)
{
    char *path = NULL;
    if (curl_url_get(curlu, CURLUPART_PATH, &path, 0))
        return false;
    size_t len = strlen(path);
    while (len && path[len - 1] == '/')
        len--;
    char *longer = mem_printf("%.*s/publish/", (int)len, path);
    CURLUcode fault = curl_url_set(curlu, CURLUPART_PATH, longer, 0);
    free(longer);
    curl_free(path);
    return !fault;
}

/* Returns: the whole URL, or NULL; caller frees. */
static char *whole(CURLU *curlu)
{
    char *text = NULL;
    if (curl_url_get(curlu, CURLUPART_URL, &text, 0))
        return NULL;
    char *copy = mem_copy(text, strlen(text));
    curl_free(text);
    return copy;
}

static bool is_of_http(CURLU *curlu)
{
    char *scheme = NULL;
    if (curl_url_get(curlu, CURLUPART_SCHEME, &scheme, 0))
        return false;
    bool is_http = strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0;
    curl_free(scheme);
    return is_http;
}

static bool read_parts(struct gripurl *url, CURLU *curlu, const char *text, char **why)
{
    if (curl_url_set(curlu, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME)) {
        *why = mem_printf("it is not a URL: " FIX);
        return false;
    }
    if (!is_of_http(curlu)) {
        *why = mem_printf("its scheme is neither http nor https: " FIX);
        return false;
    }
    take_user(url, curlu);
    if (!take_query(url, curlu, why))
        return false;
    bool is_extended = extend_path(curlu);
    url->url = is_extended ? whole(curlu) : NULL;
    (void)curl_url_set(curlu, CURLUPART_QUERY, NULL, 0);
    url->shown = whole(curlu);
    if (!url->url || !url->shown)
        *why = mem_printf("its path cannot be read");
    return url->url && url->shown;
}

static bool read_url(struct gripurl *url, const char *text, char **why)
{
    CURLU *curlu = curl_url();
    bool is_read = read_parts(url, curlu, text, why);
    curl_url_cleanup(curlu);
    return is_read;
}

static bool read_socket(struct gripurl *url, struct span path, char **why)
{
    if (!path.len) {
        *why = mem_printf("it names no socket: write unix:/PATH/OF/SOCKET");
        return false;
    }
    url->socket = mem_copy(path.at, path.len);
    url->url = mem_printf("http://localhost/publish/");
    url->shown = mem_printf("unix:%s", url->socket);
    return true;
}

/* ---- as a configuration object ---- */

/* Puts the string under `name` in `*place`, a key that is an object as its text. */
static bool take_member(const json_t *json, const char *name, char **place, char **why)
{
    const json_t *value = json_object_get(json, name);
    if (!value || json_is_null(value))
        return true;
    wipe(place);
    if (json_is_string(value))
        *place = mem_copy(json_string_value(value), json_string_length(value));
    else if (json_is_object(value))
        *place = json_dumps(value, JSON_COMPACT);
    if (*place)
        return true;
    *why = mem_printf("its \"%s\" is not a string", name);
    return false;
}

static bool read_members(struct gripurl *url, const json_t *json, char **why)
{
    const char *uri = json_string_value(json_object_get(json, "control_uri"));
    if (!uri) {
        *why = mem_printf("its JSON names no server: write {\"control_uri\":\"http://HOST:5561\"}");
        return false;
    }
    if (!read_url(url, uri, why) || !take_member(json, "control_iss", &url->iss, why) ||
        !take_member(json, "key", &url->key, why) || !take_member(json, "user", &url->user, why) ||
        !take_member(json, "pass", &url->password, why))
        return false;
    if (url->user && !url->password)
        url->password = mem_copy("", 0);
    return true;
}

static bool read_object(struct gripurl *url, const char *text, char **why)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        *why = mem_printf("it begins with { and is not JSON");
    bool is_read = json && read_members(url, json, why);
    json_decref(json);
    return is_read;
}

struct gripurl *gripurl_read(const char *text, char **why)
{
    struct gripurl *url = mem_new(sizeof(*url));
    bool is_read;
    if (span_starts(span_of(text), UNIX_SOCKET))
        is_read = read_socket(url, span_skip(span_of(text), UNIX_SOCKET.len), why);
    else if (*text == '{')
        is_read = read_object(url, text, why);
    else
        is_read = read_url(url, text, why);
    if (is_read)
        return url;
    gripurl_free(url);
    return NULL;
}

static void forget_credential(struct gripurl *url)
{
    wipe(&url->iss);
    wipe(&url->key);
    wipe(&url->user);
    wipe(&url->password);
}

void gripurl_set_bearer(struct gripurl *url, const char *token)
{
    forget_credential(url);
    url->key = mem_copy(token, strlen(token));
}

void gripurl_set_basic(struct gripurl *url, struct span user, struct span password)
{
    forget_credential(url);
    url->user = mem_copy(user.at, user.len);
    url->password = mem_copy(password.at, password.len);
}

void gripurl_free(struct gripurl *url)
{
    if (!url)
        return;
    forget_credential(url);
    free(url->socket);
    free(url->shown);
    free(url->url);
    free(url);
}
