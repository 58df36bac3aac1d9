/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request to the control listener asks for, told by its head alone.
 *
 *     POST /service/abc/publish/?x=1      the page: PAGE_PUBLISH
 *     Accept: application/json            the kind of answer
 *     Origin: http://evil.test            a web page of somebody else
 *
 * Thread: any; pure.
 * Spec:   GRIP 6.1, 6.2; docs/decisions/0009.
 */
#ifndef ROUTER_ASKED_H
#define ROUTER_ASKED_H

#include <stdbool.h>

#include "common/span.h"

enum page { PAGE_NONE, PAGE_ROOT, PAGE_PUBLISH, PAGE_HEALTH, PAGE_READY, PAGE_METRICS };

enum kind { KIND_NONE, KIND_TEXT, KIND_JSON };

/* The page of a request target, whose query is not looked at. `service_id` is the only one that
 * may stand in /service/ID/publish/, empty for any. */
enum page asked_page(struct span target, struct span service_id);

/* The kind of answer that an Accept header wants: what its last known type names, as in
 * Pushpin; `before` where it names none that is known. */
enum kind asked_kind(struct span accept, enum kind before);

/* Whether an Origin header tells that a web page asks that was not served by `host`: it would
 * publish through the loopback of a visitor who knows nothing of it. */
bool asked_by_stranger(struct span origin, struct span host);

#endif
