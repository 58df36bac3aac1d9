/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wohanswer.h"

#include <stdlib.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "common/wsevents.h"
#include "common/wsframe.h"
#include "frontend/wohqueue.h"

/* Origins can't ask for more polling than this. */
#define KEEP_ALIVE_LEAST_S 20
#define KEEP_ALIVE_MOST_S 604800

#define SET_META SPAN("set-meta-")

struct wohanswer *wohanswer_new(const struct answer *head)
{
    struct wohanswer *answer = mem_new(sizeof(*answer));
    struct header *headers =
        arena_alloc(&answer->arena, (head->header_count + 1) * sizeof(*headers));
    for (size_t i = 0; i < head->header_count; i++)
        headers[i] = (struct header){arena_copy(&answer->arena, head->headers[i].name),
                                     arena_copy(&answer->arena, head->headers[i].value)};
    answer->head.status = head->status;
    answer->head.reason = arena_copy(&answer->arena, head->reason);
    answer->head.headers = headers;
    answer->head.header_count = head->header_count;
    struct span type = answer_header(head, SPAN("content-type"));
    answer->is_events = head->status == 200 && type.at &&
                        span_equal_nocase(type, SPAN("application/websocket-events"));
    return answer;
}

bool wohanswer_add(struct wohanswer *answer, struct span piece, const struct limits *limits)
{
    size_t most = answer->is_events ? limits->events_bytes : limits->refusal_bytes;
    size_t room = most - answer->body.len;
    buf_append(&answer->body, span(piece.at, piece.len < room ? piece.len : room));
    return piece.len <= room;
}

void wohanswer_end(struct wohanswer *answer)
{
    answer->head.body = buf_span(&answer->body);
}

static const char *check_event(const struct wsevent *event, bool may_open)
{
    switch (event->kind) {
    case WSEVENT_OPEN:
        return may_open ? NULL : "OPEN came when the WebSocket was open";
    case WSEVENT_TEXT:
        return utf8_is_sound(event->content) ? NULL : "a TEXT event is not UTF-8";
    case WSEVENT_CLOSE:
        return event->content.len <= WS_CONTROL_MOST ? NULL : "the reason of a CLOSE is too long";
    default:
        return NULL;
    }
}

const char *wohanswer_check(const struct wohanswer *answer, bool is_opening, uint32_t keep_alive_s)
{
    struct span rest = answer->head.body;
    struct wsevent event;
    const char *why = NULL;
    bool is_first = true;
    if (!answer->is_events)
        return "the answer is not 200 with Content-Type: application/websocket-events";
    for (; wsevent_next(&event, &rest, &why); is_first = false) {
        if (is_opening && is_first && event.kind != WSEVENT_OPEN)
            return "the answer to OPEN does not begin with OPEN";
        const char *fault = check_event(&event, is_opening && is_first);
        if (fault)
            return fault;
    }
    if (why)
        return why;
    wohanswer_keep_alive(answer, &keep_alive_s);
    return is_opening && is_first && !keep_alive_s
               ? "the answer to OPEN has no events and no Keep-Alive-Interval"
               : NULL;
}

/* Returns: whether `text` is a number that fits. */
static bool read_number(uint64_t *number, struct span text)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || *number > UINT64_MAX / 10 - 10)
            return false;
        *number = *number * 10 + (uint64_t)(text.at[i] - '0');
    }
    return text.len > 0;
}

void wohanswer_keep_alive(const struct wohanswer *answer, uint32_t *seconds)
{
    struct span told = answer_header(&answer->head, SPAN("keep-alive-interval"));
    uint64_t number;
    if (!told.at)
        return;
    if (!read_number(&number, told) || number == 0)
        *seconds = 0;
    else if (number < KEEP_ALIVE_LEAST_S)
        *seconds = KEEP_ALIVE_LEAST_S;
    else
        *seconds = number < KEEP_ALIVE_MOST_S ? (uint32_t)number : KEEP_ALIVE_MOST_S;
}

uint64_t wohanswer_accepted(const struct wohanswer *answer)
{
    struct span told = answer_header(&answer->head, SPAN("content-bytes-accepted"));
    uint64_t number;
    if (!told.at)
        return WOHQUEUE_ALL;
    return read_number(&number, told) ? number : WOHQUEUE_ALL - 1;
}

bool wohanswer_set_meta(const struct wohanswer *answer, struct meta *meta,
                        const struct limits *limits)
{
    bool did_fit = true;
    for (size_t i = 0; i < answer->head.header_count; i++) {
        const struct header *header = &answer->head.headers[i];
        if (span_starts_nocase(header->name, SET_META) && header->name.len > SET_META.len)
            did_fit &= meta_set(meta, span_skip(header->name, SET_META.len), header->value, limits);
    }
    return did_fit;
}

void wohanswer_free(struct wohanswer *answer)
{
    if (!answer)
        return;
    buf_done(&answer->body);
    arena_done(&answer->arena);
    free(answer);
}
