/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Things that wait equally long: who joined first is overdue first.
 *
 * With one duration per line, the order of arrival is the order of the
 * deadlines; joining, leaving and asking are a few pointers each.
 *
 * Thread: whoever owns the line.
 */
#ifndef FRONTEND_WAITLINE_H
#define FRONTEND_WAITLINE_H

#include <stdint.h>

#include "common/base.h"
#include "common/list.h"

struct waitline {
    struct list waiters;
    uint64_t wait_ms;
};

/* Embedded in whatever waits; all zero: in no line. */
struct waiter {
    struct list node;
    uint64_t since_ms;
};

void waitline_init(struct waitline *line, uint64_t wait_ms);

/* Puts `waiter` at the end of `line`, off any line it was in. `now_ms` never goes back. */
void waitline_join(struct waitline *line, struct waiter *waiter, uint64_t now_ms);

/* Leaves whatever line it is in. */
void waiter_leave(struct waiter *waiter);

/* Returns: the first whose time is over, taken off the line, or NULL. */
MUST_USE struct waiter *waitline_overdue(struct waitline *line, uint64_t now_ms);

/* Returns: when the first will be overdue; UINT64_MAX for an empty line. */
uint64_t waitline_due(const struct waitline *line);

#endif
