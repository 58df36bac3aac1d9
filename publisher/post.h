/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One POST to a server, through libcurl, and what became of it.
 *
 *     2xx                            taken
 *     400, 401, 403, 404, 413, ...   refused: the same again would be too
 *     429, 503; no connection        not taken, worth another try
 *     500, 502, 504; cut, too late   unclear: it may have been taken
 *
 * Of the reply the first 2 KiB are kept, and of those the first line, printable
 * ASCII only, is what people are told. No redirect is followed: a credential
 * goes to whom it was given for.
 *
 * Thread: that of its multi handle.
 * Life:   one POST at a time, many after each other on one connection.
 * Spec:   GRIP 6.1; RFC 9110 15; decision 0015.
 */
#ifndef PUBLISHER_POST_H
#define PUBLISHER_POST_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"
#include "publisher/gripurl.h"

/* How to reach servers. */
struct post_rules {
    const char *ca_file;   /* who is trusted; NULL: whom the system trusts */
    const char *cert_file; /* what we show to who demands one, NULL for nothing */
    const char *key_file;  /* its key; the same file may hold both */
    const char *proxy;     /* NULL: none, whatever the environment says */
    bool is_insecure;      /* a server's certificate is not looked at */
};

enum post_outcome { POST_TAKEN, POST_REFUSED, POST_NOT_TAKEN, POST_UNCLEAR };

struct post_result {
    enum post_outcome outcome;
    long status;      /* 0 where none came */
    uint64_t wait_ms; /* what Retry-After asks for, 0 for nothing */
    char text[256];   /* the reply's first line, or what libcurl says */
};

struct post;

/* Whether libcurl takes `proxy`: one that it does not take it repeats, with the password in it. */
MUST_USE bool post_proxy_is_sound(const char *proxy);

/* Borrows: all three, until post_free(). */
MUST_USE struct post *post_new(const struct gripurl *url, const struct post_rules *rules,
                               CURLM *multi);
void post_free(struct post *post);

/* Begins a POST. Borrows: `body`, until post_end(); `line`, a header line or NULL, during the call.
 * A body that `must_go_once` is not sent again by libcurl itself, on another connection. */
void post_begin(struct post *post, struct span body, const char *line, bool must_go_once,
                uint64_t attempt_ms);

/* Returns: the one that `easy` belongs to. */
struct post *post_of(CURL *easy);

/* Ends it, as the multi handle reported `code`. */
void post_end(struct post *post, CURLcode code, struct post_result *result);

/* What a reply with `status` (0: none came) means, where libcurl said `code`. A request that was
 * not sent is one of which no byte left. */
enum post_outcome post_judge(long status, CURLcode code, bool is_sent);

#endif
