/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/publication.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/escape.h"
#include "common/mem.h"

enum { USUAL_STATUS = 200 };

#define BIT(format) (1U << (format))

/* ---- strings ---- */

/* Puts `value` under `key`.
 * Returns: false, with `*why` set, where it is not UTF-8. */
static bool put_text(json_t *object, const char *key, struct span value, char **why)
{
    if (json_object_set_new(object, key, json_stringn(value.at, value.len)) == 0)
        return true;
    *why = mem_printf("%s is not UTF-8", key);
    return false;
}

static bool put_text_if_any(json_t *object, const char *key, struct span value, char **why)
{
    return !value.at || put_text(object, key, value, why);
}

static void put_base64(json_t *object, const char *key, struct span bytes)
{
    struct buf text = {0};
    base64_encode(&text, bytes);
    int fault = json_object_set_new(object, key, json_stringn(text.bytes, text.len));
    CHECK(!fault);
    buf_done(&text);
}

/* Puts `bytes` under `text_key`, or in base64 under `bin_key` where they are no text. */
static void put_bytes(json_t *object, const char *text_key, const char *bin_key, struct span bytes)
{
    if (json_object_set_new(object, text_key, json_stringn(bytes.at, bytes.len)) != 0)
        put_base64(object, bin_key, bytes);
}

/* ---- contents ---- */

static void append_line_of_event(struct buf *out, const char *field, struct span value)
{
    buf_printf(out, "%s: ", field);
    buf_append(out, value);
    buf_append(out, SPAN("\n"));
}

/* A content of several lines is several data lines, which the client joins again; a carriage return
 * ends a line too. */
static void append_event(struct buf *out, const struct publication *message)
{
    if (message->event.at)
        append_line_of_event(out, "event", message->event);
    if (message->id.at)
        append_line_of_event(out, "id", message->id);
    struct span rest = message->content;
    do {
        struct span line = span_cut(&rest, '\n');
        do
            append_line_of_event(out, "data", span_cut(&line, '\r'));
        while (line.len);
    } while (rest.len);
    buf_append(out, SPAN("\n"));
}

/* What streams and answers get: the content with the end that it needs. */
static void append_content(struct buf *out, const struct publication *message, bool is_stream)
{
    if (is_stream && message->is_event) {
        append_event(out, message);
        return;
    }
    buf_append(out, message->content);
    if (message->is_line)
        buf_append(out, SPAN("\n"));
}

/* ---- formats ---- */

static bool put_headers(json_t *response, const struct publication *message, char **why)
{
    if (!message->header_count)
        return true;
    json_t *list = json_array();
    bool is_put = true;
    for (size_t i = 0; i < message->header_count && is_put; i++) {
        const struct header *header = &message->headers[i];
        json_t *pair = json_pack("[s%, s%]", header->name.at, header->name.len, header->value.at,
                                 header->value.len);
        is_put = json_array_append_new(list, pair) == 0;
    }
    if (!is_put)
        *why = mem_printf("a header is not UTF-8");
    (void)json_object_set_new(response, "headers", list);
    return is_put;
}

static bool put_patch(json_t *response, const struct publication *message, char **why)
{
    json_error_t error;
    json_t *patch = json_loadb(message->content.at, message->content.len,
                               JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (json_is_array(patch)) {
        (void)json_object_set_new(response, "body-patch", patch);
        return true;
    }
    json_decref(patch);
    *why = mem_printf("the content is no JSON Patch: write a list of operations such as "
                      "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]");
    return false;
}

static bool put_response(json_t *response, const struct publication *message, char **why)
{
    unsigned code = message->code ? message->code : USUAL_STATUS;
    (void)json_object_set_new(response, "code", json_integer(code));
    if (!put_text_if_any(response, "reason", message->reason, why) ||
        !put_headers(response, message, why))
        return false;
    if (message->is_patch)
        return put_patch(response, message, why);
    struct buf body = {0};
    append_content(&body, message, false);
    put_bytes(response, "body", "body-bin", buf_span(&body));
    buf_done(&body);
    return true;
}

static bool put_stream(json_t *stream, const struct publication *message)
{
    struct buf content = {0};
    append_content(&content, message, true);
    put_bytes(stream, "content", "content-bin", buf_span(&content));
    buf_done(&content);
    return true;
}

static bool put_ws(json_t *ws, const struct publication *message)
{
    if (message->is_binary)
        put_base64(ws, "content-bin", message->content);
    else
        put_bytes(ws, "content", "content-bin", message->content);
    return true;
}

static bool put_send(json_t *object, enum format_kind kind, const struct publication *message,
                     char **why)
{
    switch (kind) {
    case FORMAT_RESPONSE:
        return put_response(object, message, why);
    case FORMAT_STREAM:
        return put_stream(object, message);
    default:
        return put_ws(object, message);
    }
}

static bool put_action(json_t *object, enum format_kind kind, const struct publication *message,
                       char **why)
{
    static const char *const names[] = {
        [ACTION_HINT] = "hint", [ACTION_CLOSE] = "close", [ACTION_REFRESH] = "refresh"};
    (void)json_object_set_new(object, "action", json_string(names[message->action]));
    if (message->action != ACTION_CLOSE || kind != FORMAT_WS)
        return true;
    if (message->code)
        (void)json_object_set_new(object, "code", json_integer(message->code));
    return put_text_if_any(object, "reason", message->reason, why);
}

static unsigned formats_of(const struct publication *message)
{
    static const unsigned usual[] = {
        [ACTION_SEND] = BIT(FORMAT_RESPONSE) | BIT(FORMAT_STREAM) | BIT(FORMAT_WS),
        [ACTION_HINT] = BIT(FORMAT_RESPONSE) | BIT(FORMAT_STREAM) | BIT(FORMAT_WS),
        [ACTION_CLOSE] = BIT(FORMAT_STREAM) | BIT(FORMAT_WS),
        [ACTION_REFRESH] = BIT(FORMAT_WS),
    };
    if (message->is_patch)
        return BIT(FORMAT_RESPONSE);
    return message->formats ? message->formats : usual[message->action];
}

static bool put_formats(json_t *item, const struct publication *message, char **why)
{
    json_t *all = json_object();
    (void)json_object_set_new(item, "formats", all);
    for (unsigned kind = 0; kind < FORMAT_COUNT; kind++) {
        if (!(formats_of(message) & BIT(kind)))
            continue;
        json_t *format = json_object();
        (void)json_object_set_new(all, format_name(kind), format);
        bool is_put = message->action == ACTION_SEND ? put_send(format, kind, message, why)
                                                     : put_action(format, kind, message, why);
        if (!is_put)
            return false;
    }
    return true;
}

/* ---- the item ---- */

static bool put_meta(json_t *item, const struct publication *message, char **why)
{
    if (!message->meta_count)
        return true;
    json_t *meta = json_object();
    (void)json_object_set_new(item, "meta", meta);
    for (size_t i = 0; i < message->meta_count; i++) {
        const struct header *entry = &message->meta[i];
        char *name = mem_copy(entry->name.at, entry->name.len);
        bool is_put = put_text(meta, name, entry->value, why);
        free(name);
        if (!is_put)
            return false;
    }
    return true;
}

static bool put_all(json_t *item, const struct publication *message, char **why)
{
    if (!put_text(item, "channel", message->channel, why) ||
        !put_text_if_any(item, "id", message->id, why) ||
        !put_text_if_any(item, "prev-id", message->prev_id, why))
        return false;
    if (message->event.at && (memchr(message->event.at, '\n', message->event.len) ||
                              memchr(message->event.at, '\r', message->event.len))) {
        *why = mem_printf("the name of the event holds a line break");
        return false;
    }
    if (message->no_seq)
        (void)json_object_set_new(item, "no-seq", json_true());
    return put_meta(item, message, why) && put_formats(item, message, why);
}

bool publication_write(const struct publication *message, struct buf *out, char **why)
{
    json_t *item = json_object();
    bool is_put = put_all(item, message, why);
    if (is_put) {
        char *text = json_dumps(item, JSON_COMPACT);
        CHECK(text);
        buf_append(out, span_of(text));
        free(text);
    }
    json_decref(item);
    return is_put;
}
