/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something ended (reasons.def), as a number, a text and a status.
 *
 * Thread: any.
 */
#ifndef COMMON_REASON_H
#define COMMON_REASON_H

#include <stdbool.h>

enum reason {
    REASON_NONE,
#define REASON(name, http, fault, text) REASON_##name,
#include "common/reasons.def"
    REASON_COUNT
};

/* As in reasons.def, for logs and counters: "SLOW_CLIENT". */
const char *reason_name(enum reason reason);

/* A sentence for people, without a full stop unless GRIP prescribes it. */
const char *reason_text(enum reason reason);

/* The HTTP status a client gets, 0 where no answer is made. */
unsigned reason_status(enum reason reason);

/* Whether somebody ought to look at it: such ends are logged as warnings. */
bool reason_is_fault(enum reason reason);

#endif
