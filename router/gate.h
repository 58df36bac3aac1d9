/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate before the publish API: what a request's head decides, before a
 * byte of its body is looked at.
 *
 *     POST? ──► credentials ──► Origin ──► Accept ──► admitted: as whom, and the type of answer
 *      405       401, 429        403        406
 *
 * What is refused, here or later, is counted and logged in one way.
 *
 * Thread: the router's. Time is passed in.
 * Spec:   GRIP 6.1, 6.2; docs/decisions/0013; docs/architecture.md "Safe by default".
 */
#ifndef ROUTER_GATE_H
#define ROUTER_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include <h2o.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/config.h"
#include "common/span.h"
#include "common/stats.h"
#include "router/accounts.h"
#include "router/asked.h"

struct gate;
struct permit;

/* Who was let in, and what it wants to be told. */
struct admitted {
    const struct permit *permit;
    enum answer_type type;
};

/* Borrows: everything until gate_free(). */
MUST_USE struct gate *gate_new(const struct config *config, struct stats *stats);
void gate_free(struct gate *gate);

/* Returns: whether `request` may go on; else it was answered. */
MUST_USE bool gate_admit(struct gate *gate, h2o_req_t *request, struct span host, uint64_t now_ms,
                         struct admitted *admitted);

/* Answers a request with a refusal; `permit` is whose it is, NULL for nobody's. */
void gate_refuse(struct gate *gate, h2o_req_t *request, const struct permit *permit,
                 unsigned status, const char *why);

/* As gate_refuse() with 503, to come again in a second. */
void gate_refuse_for_now(struct gate *gate, h2o_req_t *request, const struct permit *permit,
                         const char *why);

/* What was counted for each publisher. Borrows: until gate_free(). */
struct accounts *gate_accounts(struct gate *gate);

/* Returns: the value of the first header of this name, at == NULL where there is none. */
struct span gate_header(const h2o_req_t *request, const char *lower_case_name);

#endif
