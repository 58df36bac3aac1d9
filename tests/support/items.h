/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether two items say the same, for the tests that send one through a frame.
 */
#ifndef TESTS_SUPPORT_ITEMS_H
#define TESTS_SUPPORT_ITEMS_H

#include "common/item.h"

static inline bool headers_are_equal(const struct format *a, const struct format *b)
{
    if (a->header_count != b->header_count)
        return false;
    for (size_t i = 0; i < a->header_count; i++)
        if (!span_equal(a->headers[i].name, b->headers[i].name) ||
            !span_equal(a->headers[i].value, b->headers[i].value))
            return false;
    return true;
}

static inline bool formats_are_equal(const struct format *a, const struct format *b)
{
    if (a->is_present != b->is_present)
        return false;
    return !a->is_present ||
           (a->action == b->action && span_equal(a->content, b->content) && a->code == b->code &&
            span_equal(a->reason, b->reason) && headers_are_equal(a, b) &&
            span_equal(a->patch, b->patch) && a->type == b->type);
}

static inline bool items_are_equal(const struct item *a, const struct item *b)
{
    for (int kind = 0; kind < FORMAT_COUNT; kind++)
        if (!formats_are_equal(&a->formats[kind], &b->formats[kind]))
            return false;
    return span_equal(a->channel, b->channel) && span_equal(a->id, b->id) &&
           !a->id.at == !b->id.at && span_equal(a->prev_id, b->prev_id) &&
           !a->prev_id.at == !b->prev_id.at && a->no_seq == b->no_seq && a->number == b->number;
}

#endif
