/* SPDX-License-Identifier: Apache-2.0 */
#include "common/reason.h"

#include "common/check.h"

struct row {
    const char *name, *text;
    unsigned status;
    bool is_fault;
};

static const struct row rows[] = {
    [REASON_NONE] = {"none", "nothing ended", 0, false},
#define REASON(name, http, fault, text) [REASON_##name] = {#name, text, http, fault},
#include "common/reasons.def"
};

static const struct row *row_of(enum reason reason)
{
    CHECK(reason < REASON_COUNT);
    return &rows[reason];
}

const char *reason_name(enum reason reason)
{
    return row_of(reason)->name;
}

const char *reason_text(enum reason reason)
{
    return row_of(reason)->text;
}

unsigned reason_status(enum reason reason)
{
    return row_of(reason)->status;
}

bool reason_is_fault(enum reason reason)
{
    return row_of(reason)->is_fault;
}
