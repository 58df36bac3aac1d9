/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/post.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    REPLY_KEPT_BYTES = 2048,
    REPLY_MOST_BYTES = 1 << 20, /* nobody who is published to has so much to say */
    CONNECT_MOST_MS = 4000,
    WAIT_MOST_S = 3600,
};

struct post {
    CURL *easy;
    CURLM *multi;              /* borrowed */
    struct curl_slist *lines;  /* of the request under way */
    const struct gripurl *url; /* borrowed */
    size_t reply_bytes;
    char reply[REPLY_KEPT_BYTES];
    char error[CURL_ERROR_SIZE];
    bool is_sent; /* bytes may have left */
    bool must_go_once;
};

/* The connection is there: from now on the server may get the request. libcurl comes here a second
 * time where a kept connection was dead and it wants to send all of it again. */
// NOLINTNEXTLINE(readability-non-const-parameter): the signature is libcurl's
static int on_connected(void *context, char *to, char *from, int to_port, int from_port)
{
    struct post *post = context;
    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    if (post->is_sent && post->must_go_once)
        return CURL_PREREQFUNC_ABORT;
    post->is_sent = true;
    return CURL_PREREQFUNC_OK;
}

static size_t on_reply(char *bytes, size_t size, size_t count, void *context)
{
    struct post *post = context;
    size_t len = size * count;
    size_t room = post->reply_bytes < REPLY_KEPT_BYTES ? REPLY_KEPT_BYTES - post->reply_bytes : 0;
    if (room)
        memcpy(post->reply + post->reply_bytes, bytes, len < room ? len : room);
    post->reply_bytes += len;
    return post->reply_bytes > REPLY_MOST_BYTES ? 0 : len;
}

bool post_proxy_is_sound(const char *proxy)
{
    static const char *const schemes[] = {"http",    "https",  "socks",  "socks4",
                                          "socks4a", "socks5", "socks5h"};
    CURLU *url = curl_url();
    char *scheme = NULL;
    bool is_sound = false;
    if (!curl_url_set(url, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) &&
        !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0))
        for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
            is_sound |= strcasecmp(scheme, schemes[i]) == 0;
    curl_free(scheme);
    curl_url_cleanup(url);
    return is_sound;
}

static void set_reach(CURL *easy, const struct gripurl *url, const struct post_rules *rules)
{
    curl_easy_setopt(easy, CURLOPT_URL, url->url);
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, url->socket);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a slow resolver thread */
    curl_easy_setopt(easy, CURLOPT_PROXY, rules->proxy ? rules->proxy : "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MOST_MS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "holdfast-publish/" HOLDFAST_VERSION);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, rules->is_insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, rules->is_insecure ? 0L : 2L);
    if (rules->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, rules->ca_file);
    curl_easy_setopt(easy, CURLOPT_SSLCERT, rules->cert_file);
    curl_easy_setopt(easy, CURLOPT_SSLKEY, rules->key_file);
}

static void set_callbacks(CURL *easy, struct post *post)
{
    curl_easy_setopt(easy, CURLOPT_PRIVATE, post);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, post->error);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, post);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_reply);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, post);
}

struct post *post_new(const struct gripurl *url, const struct post_rules *rules, CURLM *multi)
{
    struct post *post = mem_new(sizeof(*post));
    post->url = url;
    post->multi = multi;
    post->easy = curl_easy_init();
    CHECK(post->easy);
    set_reach(post->easy, url, rules);
    set_callbacks(post->easy, post);
    return post;
}

void post_free(struct post *post)
{
    if (!post)
        return;
    (void)curl_multi_remove_handle(post->multi, post->easy);
    curl_easy_cleanup(post->easy);
    curl_slist_free_all(post->lines);
    free(post);
}

static void add_line(struct post *post, const char *line)
{
    struct curl_slist *longer = curl_slist_append(post->lines, line);
    CHECK(longer);
    post->lines = longer;
}

void post_begin(struct post *post, struct span body, const char *line, bool must_go_once,
                uint64_t attempt_ms)
{
    curl_slist_free_all(post->lines);
    post->lines = NULL;
    add_line(post, "Content-Type: application/json");
    add_line(post, "Expect:"); /* or libcurl holds back larger bodies for a second */
    if (line)
        add_line(post, line);
    post->reply_bytes = 0;
    post->error[0] = '\0';
    post->is_sent = false;
    post->must_go_once = must_go_once;
    curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->lines);
    curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, body.at);
    curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl_easy_setopt(post->easy, CURLOPT_TIMEOUT_MS, (long)attempt_ms);
    CURLMcode fault = curl_multi_add_handle(post->multi, post->easy);
    CHECK(!fault);
}

struct post *post_of(CURL *easy)
{
    char *post = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &post);
    return (struct post *)(void *)post;
}

static enum post_outcome judge_status(long status)
{
    switch (status) {
    case 429:
    case 503:
        return POST_NOT_TAKEN;
    case 408:
        return POST_UNCLEAR;
    default:
        if (status >= 200 && status < 300)
            return POST_TAKEN;
        return status >= 500 ? POST_UNCLEAR : POST_REFUSED;
    }
}

enum post_outcome post_judge(long status, CURLcode code, bool is_sent)
{
    if (status >= 200)
        return judge_status(status);
    if (is_sent)
        return POST_UNCLEAR; /* also what is no HTTP: CURLE_UNSUPPORTED_PROTOCOL */
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return POST_REFUSED; /* by us, and for as long as nobody changes something */
    default:
        return POST_NOT_TAKEN;
    }
}

static uint64_t asked_wait_ms(CURL *easy)
{
    curl_off_t wait_s = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s);
    if (wait_s < 0 || wait_s > WAIT_MOST_S)
        wait_s = WAIT_MOST_S;
    return (uint64_t)wait_s * 1000;
}

static void describe(const struct post *post, CURLcode code, struct post_result *result)
{
    size_t kept = post->reply_bytes < REPLY_KEPT_BYTES ? post->reply_bytes : REPLY_KEPT_BYTES;
    struct span reply = span(post->reply, kept);
    struct span line = span_cut(&reply, '\n');
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    if (result->status < 200)
        line = span_of(*post->error ? post->error : curl_easy_strerror(code));
    else if (!line.len)
        line = SPAN("(no words)");
    (void)log_safe(result->text, sizeof(result->text), line.at, line.len);
}

void post_end(struct post *post, CURLcode code, struct post_result *result)
{
    *result = (struct post_result){0};
    (void)curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &result->status);
    result->outcome = post_judge(result->status, code, post->is_sent);
    result->wait_ms = asked_wait_ms(post->easy);
    describe(post, code, result);
    (void)curl_multi_remove_handle(post->multi, post->easy);
}
