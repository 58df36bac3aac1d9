/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps TLS contexts as new as the files they are made of.
 *
 *     main, each certificate_look_ms ─► renewal_look() ─┬─ nothing changed
 *     SIGHUP, once a day             ─► (everything)    ├─ good ─► fresh contexts ─► on_renewed
 *                                                       └─ bad  ─► an error in the log, the old stays
 *
 * Contexts live for a day at most, so that the keys of their session tickets don't live longer.
 *
 * Thread: main's.
 * Spec:   docs/decisions/0017.
 */
#ifndef COMMON_RENEWAL_H
#define COMMON_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/credentials.h"
#include "common/stats.h"

struct renewal {
    struct credentials *credentials;
    struct contexts contexts;
    struct stats *stats; /* main's own; borrowed */
    void (*on_renewed)(void *context, const struct contexts *contexts);
    void *context;
    int64_t due_s; /* when everything is read again */
};

/* Makes the first contexts, and says what expires soon. Takes: `credentials`.
 * Borrows: `stats` and `context`, until renewal_done(). */
void renewal_init(struct renewal *renewal, struct credentials *credentials, struct stats *stats,
                  int64_t now_s);
void renewal_done(struct renewal *renewal);

/* Reads what changed, or everything; calls `on_renewed` where something good was read. */
void renewal_look(struct renewal *renewal, bool all, int64_t now_s);

#endif
