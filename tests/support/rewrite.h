/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An item written as a publisher would write it: bytes in base64, headers as pairs.
 */
#ifndef TESTS_SUPPORT_REWRITE_H
#define TESTS_SUPPORT_REWRITE_H

#include <stdlib.h>

#include <jansson.h>

#include "common/check.h"
#include "common/escape.h"
#include "common/item.h"

static inline void rewrite_text(json_t *object, const char *key, struct span text)
{
    if (text.at)
        CHECK(json_object_set_new(object, key, json_stringn(text.at, text.len)) == 0);
}

static inline void rewrite_bytes(json_t *object, const char *key, struct span bytes)
{
    struct buf text = {0};
    base64url_encode(&text, bytes);
    rewrite_text(object, key, buf_span(&text));
    buf_done(&text);
}

static inline json_t *rewrite_headers(const struct format *format)
{
    json_t *pairs = json_array();
    for (size_t i = 0; i < format->header_count; i++) {
        const struct header *header = &format->headers[i];
        json_t *pair = json_pack("[s%, s%]", header->name.at, header->name.len, header->value.at,
                                 header->value.len);
        CHECK(pair && json_array_append_new(pairs, pair) == 0);
    }
    return pairs;
}

static inline json_t *rewrite_format(enum format_kind kind, const struct format *format)
{
    static const char *const actions[] = {"send", "hint", "close", "refresh"};
    static const char *const types[] = {"text", "binary", "ping", "pong"};
    json_t *object = json_object();
    rewrite_text(object, "action", span_of(actions[format->action]));
    if (format->code)
        CHECK(json_object_set_new(object, "code", json_integer(format->code)) == 0);
    rewrite_text(object, "reason", format->reason);
    if (format->action != ACTION_SEND)
        return object;
    if (kind == FORMAT_WS)
        rewrite_text(object, "type", span_of(types[format->type]));
    if (kind == FORMAT_RESPONSE)
        CHECK(json_object_set_new(object, "headers", rewrite_headers(format)) == 0);
    if (format->patch.len)
        CHECK(json_object_set_new(object, "body-patch",
                                  json_loadb(format->patch.at, format->patch.len, 0, NULL)) == 0);
    else
        rewrite_bytes(object, kind == FORMAT_RESPONSE ? "body-bin" : "content-bin",
                      format->content);
    return object;
}

/* Returns: the body of a request that publishes this one item; caller frees. */
static inline char *rewrite_item(const struct item *item)
{
    json_t *formats = json_object();
    json_t *object = json_object();
    for (enum format_kind kind = 0; kind < FORMAT_COUNT; kind++)
        if (item->formats[kind].is_present)
            CHECK(json_object_set_new(formats, format_name(kind),
                                      rewrite_format(kind, &item->formats[kind])) == 0);
    rewrite_text(object, "channel", item->channel);
    rewrite_text(object, "id", item->id);
    rewrite_text(object, "prev-id", item->prev_id);
    CHECK(json_object_set_new(object, "no-seq", json_boolean(item->no_seq)) == 0);
    CHECK(json_object_set_new(object, "formats", formats) == 0);
    json_t *body = json_pack("{s:[o]}", "items", object);
    char *text = json_dumps(body, JSON_COMPACT);
    CHECK(text);
    json_decref(body);
    return text;
}

#endif
