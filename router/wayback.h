/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back: one queue on which all frontends answer the router,
 * and tell it who is connected and what they hear where somebody outside wants to know.
 *
 *     frontend 0 ── PUSH ──┐
 *     frontend 1 ── PUSH ──┴──► PULL ──► whoever asked (health.h, reports.h), demand.h, roster.h
 *
 * Thread: the router's.
 * Spec:   docs/architecture.md "The bus"; common/question.h, common/hearing.h, common/interest.h,
 *         common/attendance.h.
 */
#ifndef ROUTER_WAYBACK_H
#define ROUTER_WAYBACK_H

#include "common/attendance.h"
#include "common/base.h"
#include "common/hearing.h"
#include "common/interest.h"
#include "common/question.h"
#include "common/stats.h"

struct loop;
struct wayback;

/* Binds BUS_UP. Counts words in `stats`, the router's own. Borrows: both, until wayback_free(). */
MUST_USE struct wayback *wayback_new(struct loop *loop, struct stats *stats);
void wayback_free(struct wayback *wayback);

enum wayback_kind {
    WAYBACK_NOTHING,
    WAYBACK_ANSWER,
    WAYBACK_HEARING,
    WAYBACK_INTEREST,
    WAYBACK_ATTENDANCE,
};

/* What came back; spans in it are borrowed until the next call. */
struct wayback_word {
    struct question_answer answer;
    struct hearing hearing;
    struct interest interest;
    struct attendance attendance;
};

/* Returns: which of them `*word` is now; WAYBACK_NOTHING where there is none. */
MUST_USE enum wayback_kind wayback_next(struct wayback *wayback, struct wayback_word *word);

#endif
