/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How libcurl is told where a target is, and whom to believe there.
 *
 *     target  127.0.0.1:8443,ssl,host=api.example
 *     URL        https://api.example:8443/      whose certificate is wanted
 *     CONNECT_TO ::127.0.0.1:8443               where it is found
 *
 * Thread: its frontend's.
 * Life:   `= {0}` beside an easy handle, then reach_done() after the handle's end.
 */
#ifndef FRONTEND_ORIGIN_REACH_H
#define FRONTEND_ORIGIN_REACH_H

#include <curl/curl.h>

#include "common/base.h"
#include "common/route.h"

struct reach {
    struct curl_slist connect_to; /* its data is owned */
};

/* What is the same for every connection to an origin: HTTP/1.1, no proxy, no signals, no time
 * limit but ours. Borrows: `error` as long as the handle lives. */
void reach_set_manners(CURL *easy, char error[CURL_ERROR_SIZE]);

/* Aims `easy` at `target`. Borrows: `reach` until the next aim, or the handle's end. */
void reach_target(struct reach *reach, CURL *easy, const struct target *target);

void reach_done(struct reach *reach);

/* Logs that `target` could not be connected to. */
void reach_log(const struct target *target, const char *why);

/* Returns: the sentence that names all targets as unreachable; caller frees. */
MUST_USE char *reach_failed(const struct target *targets, size_t count);

#endif
