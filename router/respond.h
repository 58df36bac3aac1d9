/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the control listener: small, whole, of known length.
 *
 * Each of the two functions gives the request back to h2o.
 *
 * Thread: the router's.
 */
#ifndef ROUTER_RESPOND_H
#define ROUTER_RESPOND_H

#include <h2o.h>

#include "common/span.h"

/* Adds a header to the answer to come. `name` is in lower case; both must outlive the request. */
void respond_header(h2o_req_t *request, const char *name, const char *value);

/* Answers with `text` as text/plain and a line feed behind it. */
void respond_text(h2o_req_t *request, unsigned status, const char *text);

void respond_body(h2o_req_t *request, unsigned status, const char *type, struct span body);

#endif
