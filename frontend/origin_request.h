/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as libcurl wants it: checked, copied, its header lines on a list.
 *
 * Everything stands in one block of memory that lives as long as the exchange;
 * libcurl walks the list but does not own it.
 *
 * Thread: the frontend's.
 * Life:   request_init(), then request_done().
 */
#ifndef FRONTEND_ORIGIN_REQUEST_H
#define FRONTEND_ORIGIN_REQUEST_H

#include <stdbool.h>

#include <curl/curl.h>

#include "common/base.h"
#include "frontend/origin.h"

struct request {
    char *memory; /* owned: all of the following but the body */
    const char *method;
    const char *path;         /* and query, sent byte for byte */
    struct curl_slist *lines; /* "Name: value", or "Name;" for an empty value */
    struct curl_slist *host;  /* the one of `lines` that is Host, or NULL */
    char *host_told;          /* what it says as long as no target overrides it */
    char *host_override;      /* owned, apart from `memory` */
    struct span body;         /* borrowed */
    bool is_safe;
};

/* Returns: NULL, or why `ask` can't be put on a wire (static). */
MUST_USE const char *request_check(const struct ask *ask);

/* Copies `ask` but for its body, which is borrowed until request_done(). Framing headers are
 * left out: libcurl writes them.
 * Returns: what request_check() does; where that is a fault there is nothing to undo. */
MUST_USE const char *request_init(struct request *request, const struct ask *ask);

/* Lets Host be `host`, or what it was told to be where `host` is NULL. */
void request_set_host(struct request *request, const char *host);

void request_done(struct request *request);

#endif
