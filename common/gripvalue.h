/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of GRIP's header values: elements between commas, each of them a
 * first part and parameters between semicolons.
 *
 *     Grip-Channel: a; prev-id=3, b; filter="skip-self"
 *                   '---element-' '------element------'
 *                   first  param  first       param
 *
 * The first part is taken as it stands; only a parameter's value may be quoted.
 * An element whose quoting is broken does not exist.
 *
 * Thread: any.
 * Life:   what is unquoted goes to the caller's arena, all else points into the value.
 * Spec:   GRIP 2.2.
 */
#ifndef COMMON_GRIPVALUE_H
#define COMMON_GRIPVALUE_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/base.h"
#include "common/span.h"

struct gripvalue {
    struct span first;
    struct header *params; /* a value with at == NULL: the name stood alone */
    size_t param_count;
};

/* Reads one element that is known to be alone: the whole of Grip-Keep-Alive.
 * Returns: false where its quoting is broken. */
MUST_USE bool gripvalue_read(struct gripvalue *value, struct arena *arena, struct span element);

/* Reads the next sound element of `*rest` and cuts `*rest` behind it.
 * Returns: false at the end. */
MUST_USE bool gripvalue_next(struct gripvalue *value, struct arena *arena, struct span *rest);

/* As gripvalue_next() for Grip-Set-Meta, whose elements have no first part: the value is
 * all parameters. */
MUST_USE bool gripvalue_next_params(struct gripvalue *value, struct arena *arena,
                                    struct span *rest);

/* Returns: the value of the last parameter `name`, at == NULL where there is none. */
struct span gripvalue_param(const struct gripvalue *value, struct span name);

#endif
