/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a frontend tells the router of its audiences, on the way back (bus.h):
 * one hold more, or one less, hears a channel.
 *
 *     'I' format '+' channel            'I' format '-' channel
 *
 * Only told where somebody outside wants to know: publishers behind a SUB
 * socket, who send what is heard, and readers of stats.
 *
 * Thread: any; pure.
 * Spec:   docs/architecture.md "The bus".
 */
#ifndef COMMON_INTEREST_H
#define COMMON_INTEREST_H

#include <stdbool.h>

#include "common/base.h"
#include "common/item.h"
#include "common/span.h"

struct interest {
    enum format_kind format; /* what the hold hears, and so what it is */
    bool is_more;
    struct span channel;
};

/* Returns: how many bytes interest_write() writes. */
size_t interest_size(const struct interest *interest);

/* Writes `interest` to `out`. */
void interest_write(char *out, const struct interest *interest);

/* Reads what a frontend told. Borrows: the channel is a part of `bytes`.
 * Returns: false where `bytes` are something else. */
MUST_USE bool interest_read(struct interest *interest, struct span bytes);

#endif
