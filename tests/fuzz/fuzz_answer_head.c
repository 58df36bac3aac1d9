/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of an origin, cut into lines: whatever is accepted must be fit to be passed on.
 */
#include <stdint.h>
#include <stdlib.h>

#include "frontend/answer_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool promise)
{
    if (!promise)
        abort();
}

static void expect_no_line_end(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        expect(text.at[i] != '\r' && text.at[i] != '\n' && text.at[i] != '\0');
}

static void expect_fit(struct answer_head *head)
{
    struct answer answer;
    answer_head_answer(head, &answer);
    expect(answer.status >= 200 && answer.status <= 599);
    expect_no_line_end(answer.reason);
    expect(answer.header_count <= head->limits->answer_headers);
    unsigned framings = 0;
    for (size_t i = 0; i < answer.header_count; i++) {
        const struct header *header = &answer.headers[i];
        expect(header->name.len > 0);
        expect_no_line_end(header->name);
        expect_no_line_end(header->value);
        framings += span_equal_nocase(header->name, SPAN("Content-Length")) ||
                    span_equal_nocase(header->name, SPAN("Transfer-Encoding"));
    }
    expect(framings <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct limits limits;
    limits_init(&limits);
    struct answer_head head;
    answer_head_init(&head, &limits);
    struct span rest = span((const char *)data, size);
    while (rest.len) {
        const char *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) + 1 : rest.len;
        char *line = malloc(len); /* so that a step beyond it is seen */
        expect(line);
        memcpy(line, rest.at, len);
        if (answer_head_line(&head, span(line, len)) == ANSWER_HEAD_WHOLE)
            expect_fit(&head);
        free(line);
        rest = span_skip(rest, len);
    }
    answer_head_done(&head);
    return 0;
}
