/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an origin answered: status, headers and, where it was collected, the body.
 *
 * Made by frontend/origin.c from the network or by frontend/demo.c from a table;
 * read by instruct.c and by those who relay.
 *
 * Thread: whoever was handed it.
 * Life:   all spans are borrowed and good for the duration of the call that
 *         hands the answer over.
 */
#ifndef COMMON_ANSWER_H
#define COMMON_ANSWER_H

#include "common/span.h"

struct answer {
    unsigned status; /* 200..599; 101 only where it was asked for (frontend/origin_pipe.h) */
    struct span reason;
    const struct header *headers; /* as sent, in order; framing and hop-by-hop ones included */
    size_t header_count;
    struct span body; /* empty until the caller collected it */
};

/* Returns: the value of the first header of that name, at == NULL where there is none. */
static inline struct span answer_header(const struct answer *answer, struct span name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (span_equal_nocase(answer->headers[i].name, name))
            return answer->headers[i].value;
    return (struct span){NULL, 0};
}

#endif
