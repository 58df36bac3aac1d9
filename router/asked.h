/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request to the control listener asks for: which endpoint its target
 * names, which type of answer its Accept header wants, and whether a page of
 * somebody else's site sent it.
 *
 *     /publish  /publish/  //publish/              publish; "recover" likewise
 *     /service/ID/publish  /service/ID/publish/    publish
 *     /  /healthz  /readyz  /metrics               as they are called
 *
 * The second slash is what a base URL that ends in one makes of "/publish/".
 * Of queries only "report=1" means something; a target in absolute form is understood.
 *
 * Thread: any; pure.
 * Spec:   GRIP 6.1, 6.2; guide "Publishing".
 */
#ifndef ROUTER_ASKED_H
#define ROUTER_ASKED_H

#include <stdbool.h>

#include "common/base.h"
#include "common/span.h"

enum endpoint {
    ENDPOINT_NONE, /* 404 */
    ENDPOINT_ROOT,
    ENDPOINT_PUBLISH,
    ENDPOINT_RECOVER,
    ENDPOINT_HEALTHZ,
    ENDPOINT_READYZ,
    ENDPOINT_METRICS,
};

struct asked {
    enum endpoint endpoint;
    bool wants_report; /* the query holds report=1 */
    struct span host;  /* whom the client believes to speak to: host[:port], empty if not said */
};

/* The types an answer can have. */
enum answer_type { ANSWER_NONE, ANSWER_TEXT, ANSWER_JSON };

/* Reads a target and the value of Host; `service_id` is the only one served, empty for any.
 * Borrows: the host is a part of one of the two. */
MUST_USE struct asked asked_read(struct span target, struct span host, struct span service_id);

/* Goes through one Accept header.
 * Returns: the last type in it that is ours, as Pushpin does; `fallback` where none is. */
MUST_USE enum answer_type asked_type(struct span accept, enum answer_type fallback);

/* Whether the value of a Prefer header asks for return=representation (RFC 7240). */
MUST_USE bool asked_prefers_report(struct span prefer);

/* Whether the value of an Origin header names another site than `host`. */
MUST_USE bool asked_by_foreigner(struct span origin, struct span host);

/* Whether `host` is an address, or localhost: no name that the owner of a page could have turned
 * to us. */
MUST_USE bool asked_by_address(struct span host);

#endif
