/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back: one queue on which all frontends answer the router.
 *
 *     frontend 0 ── PUSH ──┐
 *     frontend 1 ── PUSH ──┴──► PULL ──► whoever asked (health.h, reports.h)
 *
 * Thread: the router's.
 * Spec:   docs/architecture.md "The bus"; common/question.h.
 */
#ifndef ROUTER_WAYBACK_H
#define ROUTER_WAYBACK_H

#include <stdbool.h>

#include "common/base.h"
#include "common/question.h"

struct loop;
struct wayback;

/* Binds BUS_UP. */
MUST_USE struct wayback *wayback_new(struct loop *loop);
void wayback_free(struct wayback *wayback);

/* Returns: whether there was an answer. */
MUST_USE bool wayback_next(struct wayback *wayback, struct question_answer *answer);

#endif
