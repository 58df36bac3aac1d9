/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer out of text, for tests: "Name: value" lines, an empty line, the body.
 */
#ifndef TESTS_UNIT_ANSWER_TEXT_H
#define TESTS_UNIT_ANSWER_TEXT_H

#include "common/answer.h"

enum { ANSWER_TEXT_HEADERS = 64 };

struct answer_text {
    struct header headers[ANSWER_TEXT_HEADERS];
    struct answer answer; /* points into `headers` and the text */
};

/* Reads `text` as a 200 OK; further header lines than fit are left out. */
static inline const struct answer *answer_of(struct answer_text *all, struct span text)
{
    size_t count = 0;
    while (text.len) {
        struct span line = span_cut(&text, '\n');
        if (!line.len)
            break;
        struct span name = span_cut(&line, ':');
        if (count < ANSWER_TEXT_HEADERS)
            all->headers[count++] = (struct header){name, span_trim(line)};
    }
    all->answer = (struct answer){200, SPAN("OK"), all->headers, count, text};
    return &all->answer;
}

#endif
