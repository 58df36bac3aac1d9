/* SPDX-License-Identifier: Apache-2.0 */
#include "common/instruct.h"

#include "common/instruct_headers.h"
#include "common/instruct_json.h"
#include "common/log.h"

static bool is_json_form(const struct answer *answer)
{
    struct span type = answer_header(answer, SPAN("Content-Type"));
    return type.at &&
           span_equal_nocase(span_trim(span_cut(&type, ';')), SPAN("application/grip-instruct"));
}

bool instruct_is(const struct answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (span_starts_nocase(answer->headers[i].name, SPAN("Grip-")))
            return true;
    return is_json_form(answer);
}

/* Whether the comma list of the headers called `list` contains `word`; an empty `word` asks
 * whether it contains anything. */
static bool lists(const struct answer *answer, struct span list, struct span word)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (!span_equal_nocase(answer->headers[i].name, list))
            continue;
        struct span rest = answer->headers[i].value;
        while (rest.len) {
            struct span listed = span_trim(span_cut(&rest, ','));
            if (listed.len && (!word.len || span_equal_nocase(listed, word)))
                return true;
        }
    }
    return false;
}

/* Keeps those headers of the answer that are meant for the client. */
static bool keep_headers(struct reading *reading)
{
    const struct answer *answer = reading->answer;
    const struct span expose = SPAN("Grip-Expose-Headers");
    bool exposes = lists(answer, expose, SPAN(""));
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct header *header = &answer->headers[i];
        if (exposes && !lists(answer, expose, header->name))
            continue;
        if (lists(answer, SPAN("Connection"), header->name))
            continue;
        if (!reading_header(reading, header->name, header->value))
            return false;
    }
    return true;
}

/* What no single header or field can tell about itself. */
static bool check_whole(struct reading *reading)
{
    const struct instruct *told = reading->told;
    if (!header_value_is_sound(told->reason))
        return reading_fail(reading, "reason contains control characters");
    if (told->mode != HOLD_STREAM || told->next_uri.at)
        return true;
    for (size_t i = 0; i < told->channel_count; i++)
        if (told->channels[i].prev_id.at)
            return reading_fail(reading, "channel '%.*s' specifies prev-id, but no next link found",
                                LOG_SPAN(told->channels[i].name));
    return true;
}

enum reason instruct_read(struct instruct *told, const struct answer *answer,
                          const struct limits *limits, char **why)
{
    struct reading reading = {.told = told, .answer = answer, .limits = limits};
    *told = (struct instruct){
        .timeout_s = HOLD_FALLBACK_S,
        .keep_alive_s = KEEP_ALIVE_FALLBACK_S,
        .next_timeout_s = NEXT_FALLBACK_S,
        .status = answer->status,
        .reason = answer->reason,
        .body = answer->body,
    };
    bool sound = instruct_read_headers(&reading) &&
                 (is_json_form(answer) ? instruct_read_json(&reading) : keep_headers(&reading)) &&
                 check_whole(&reading);
    if (!sound) {
        instruct_done(told);
        *why = reading.why;
    }
    return reading.fault;
}

void instruct_done(struct instruct *told)
{
    arena_done(&told->arena);
    *told = (struct instruct){0};
}
