/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An origin's answer out of the bytes: header lines, an empty line, the body. Whatever is
 * read keeps the promises of instruct.h, above all that nothing for the client can begin a
 * line of its own.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/instruct.h"
#include "tests/unit/answer_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line_part(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        CHECK(text.at[i] != '\r' && text.at[i] != '\n' && text.at[i] != '\0');
}

static void check_client_part(const struct instruct *told)
{
    CHECK(told->status >= 200 && told->status <= 599);
    check_line_part(told->reason);
    for (size_t i = 0; i < told->header_count; i++) {
        check_line_part(told->headers[i].name);
        check_line_part(told->headers[i].value);
        CHECK(told->headers[i].name.len > 0);
        CHECK(!span_starts_nocase(told->headers[i].name, SPAN("Grip-")));
        CHECK(!header_is_hop_by_hop(told->headers[i].name));
    }
}

static void check_hold_part(const struct instruct *told, const struct limits *limits)
{
    CHECK(told->channel_count <= limits->channels_per_hold);
    CHECK(told->meta_count <= limits->meta_per_hold);
    CHECK(told->timeout_s >= 5 && told->keep_alive_s >= 1);
    for (size_t i = 0; i < told->channel_count; i++) {
        const struct told_channel *channel = &told->channels[i];
        check_line_part(channel->name);
        check_line_part(channel->prev_id);
        CHECK(channel->name.len > 0 && channel->name.len <= limits->channel_bytes);
        CHECK(channel->filter_count <= FILTERS_MOST);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer_text all;
    const struct answer *answer = answer_of(&all, span((const char *)data, size));
    struct limits limits;
    limits_init(&limits);
    limits.channels_per_hold = 8;
    limits.channel_bytes = 32;
    limits.meta_per_hold = 8;

    struct instruct told;
    char *why = NULL;
    (void)instruct_is(answer);
    enum reason fault = instruct_read(&told, answer, &limits, &why);
    CHECK((fault == REASON_NONE) == (why == NULL));
    if (fault == REASON_NONE) {
        check_client_part(&told);
        check_hold_part(&told, &limits);
        instruct_done(&told);
    } else {
        check_line_part(span_of(why));
    }
    free(why);
    return 0;
}
