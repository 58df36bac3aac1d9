/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/demo.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/permit.h"
#include "frontend/demo_page.h"
#include "frontend/parts.h"

/* A message someone typed; more is no message to a demo. */
#define MESSAGE_BYTES 4096

struct page {
    struct span path;
    struct header headers[4];
    size_t header_count;
    struct span body;
};

#define TYPE(value)                                                                                \
    {                                                                                              \
        SPAN_INIT("Content-Type"), SPAN_INIT(value)                                                \
    }
#define HELD_AS(hold)                                                                              \
    {SPAN_INIT("Grip-Hold"), SPAN_INIT(hold)},                                                     \
    {                                                                                              \
        SPAN_INIT("Grip-Channel"), SPAN_INIT("test")                                               \
    }

static const struct page pages[] = {
    {SPAN_INIT("/"), {TYPE("text/html; charset=utf-8")}, 1, {demo_page, sizeof(demo_page)}},
    {SPAN_INIT("/test/sse"),
     {TYPE("text/event-stream"),
      HELD_AS("stream"),
      {SPAN_INIT("Grip-Keep-Alive"), SPAN_INIT(":\\n\\n; format=cstring; timeout=20")}},
     4,
     {"", 0}},
    {SPAN_INIT("/test/long-poll"),
     {TYPE("text/plain"), HELD_AS("response"), {SPAN_INIT("Grip-Timeout"), SPAN_INIT("20")}},
     4,
     SPAN_INIT("no message yet\n")},
    {SPAN_INIT("/test/stream"), {TYPE("text/plain"), HELD_AS("stream")}, 3, {"", 0}},
};

static const struct header plain_text[] = {TYPE("text/plain")};

static const struct answer not_found = {
    404,
    {NULL, 0},
    plain_text,
    1,
    SPAN_INIT(
        "The demo origin has /, /test/sse, /test/stream, /test/long-poll and /test/websocket.\n")};

static const struct answer not_allowed = {
    405,
    {NULL, 0},
    plain_text,
    1,
    SPAN_INIT("The demo origin answers GET, and POST to /test/publish.\n")};

static struct span without_query(struct span path)
{
    return span_cut(&path, '?');
}

void demo_answer(struct answer *answer, struct span method, struct span path)
{
    *answer = not_found;
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        const struct page *page = &pages[i];
        if (!span_equal(without_query(path), page->path))
            continue;
        *answer = (struct answer){200, {NULL, 0}, page->headers, page->header_count, page->body};
        if (!span_equal(method, SPAN("GET")) && !span_equal(method, SPAN("HEAD")))
            *answer = not_allowed;
    }
}

/* Returns: the item as publishers write it, caller frees; NULL where `message` is not UTF-8. */
static char *item_of(struct span message)
{
    json_t *text = json_stringn(message.at, message.len);
    if (!text)
        return NULL;
    struct buf event = {0};
    buf_append(&event, SPAN("event: message\ndata: "));
    for (size_t i = 0; i < message.len; i++)
        buf_append(&event, message.at[i] == '\n' ? SPAN("\ndata: ") : span(&message.at[i], 1));
    buf_append(&event, SPAN("\n\n"));
    json_t *body = json_pack("{s:[{s:s, s:{s:{s:s%}, s:{s:O}, s:{s:O}}}]}", "items", "channel",
                             "test", "formats", "http-stream", "content", event.bytes, event.len,
                             "http-response", "body", text, "ws-message", "content", text);
    char *json = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    json_decref(text);
    buf_done(&event);
    return json;
}

/* Returns: a token that may publish to the demo's channel, NULL where nobody needs one or none may. */
static const char *find_token(const struct config *config)
{
    for (size_t i = 0; i < config->permit_count; i++)
        if (config->permits[i]->tokens.count && permit_reaches(config->permits[i], SPAN("test")))
            return config->permits[i]->tokens.at[0];
    return NULL;
}

static struct header *headers_for_control(const struct parts *parts, h2o_mem_pool_t *pool,
                                          size_t *count)
{
    struct header *headers = h2o_mem_alloc_pool(pool, 3 * sizeof(*headers));
    headers[0] = (struct header){SPAN("Host"), span_of(parts->control->host)};
    headers[1] = (struct header){SPAN("Content-Type"), SPAN("application/json")};
    *count = 2;
    const char *token = find_token(parts->config);
    if (token)
        headers[(*count)++] = (struct header){SPAN("Fastly-Key"), span_of(token)};
    return headers;
}

bool demo_publishes(struct ask *question, struct parts *parts, h2o_mem_pool_t *pool,
                    struct span method, struct span path, struct span body)
{
    if (!parts->control || !span_equal(without_query(path), SPAN("/test/publish")) ||
        !span_equal(method, SPAN("POST")) || body.len > MESSAGE_BYTES)
        return false;
    char *json = item_of(body);
    if (!json)
        return false;
    h2o_iovec_t copy = h2o_strdup(pool, json, strlen(json));
    free(json);
    *question = (struct ask){.targets = parts->control, .target_count = 1};
    question->method = method;
    question->path = SPAN("/publish/");
    question->headers = headers_for_control(parts, pool, &question->header_count);
    question->body = span(copy.base, copy.len);
    return true;
}
