/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wscontrol.h"

#include <jansson.h>

#include "common/escape.h"
#include "common/http.h"
#include "common/instruct_reading.h"
#include "common/jsonvalue.h"
#include "common/utf8.h"
#include "common/wsframe.h"

#define MISSING(field) "control message does not contain '" field "'"
#define WRONG_TYPE(field) "control message contains '" field "' with wrong type"
#define INVALID_VALUE(field) "control message contains '" field "' with invalid value"
#define CONTROL_CHARACTER(field) "control message contains '" field "' with a control character"

enum { SEND_DELAYED_FALLBACK_S = 1 };

/* What a control message of one type has beside its type.
 * Returns: NULL, or what is wrong. */
typedef const char *read_fn(struct wscontrol *control, const json_t *json);

/* Returns: the field, NULL where it is absent or null, which is the same. */
static const json_t *field_of(const json_t *json, const char *field)
{
    const json_t *value = json_object_get(json, field);
    return json_is_null(value) ? NULL : value;
}

/* Copies an optional string; `text->at` stays NULL where there is none.
 * Returns: false for another type. */
static bool read_string(struct wscontrol *control, const json_t *json, const char *field,
                        struct span *text)
{
    const json_t *value = field_of(json, field);
    if (json_is_string(value))
        *text = arena_copy(&control->arena, json_span(value));
    return !value || json_is_string(value);
}

static const char *read_channel(struct wscontrol *control, const json_t *json)
{
    if (!read_string(control, json, "channel", &control->channel))
        return WRONG_TYPE("channel");
    if (!control->channel.at)
        return MISSING("channel");
    if (!control->channel.len)
        return INVALID_VALUE("channel");
    return header_value_is_sound(control->channel) ? NULL : CONTROL_CHARACTER("channel");
}

static const char *read_filters(struct wscontrol *control, const json_t *json)
{
    const json_t *filters = field_of(json, "filters");
    if (filters && !json_is_array(filters))
        return WRONG_TYPE("filters");
    control->has_too_many_filters = json_array_size(filters) > FILTERS_MOST;
    if (control->has_too_many_filters)
        return NULL;
    size_t at;
    const json_t *filter;
    json_array_foreach(filters, at, filter)
    {
        if (!json_is_string(filter))
            return "filters contains value with wrong type";
        control->filters[control->filter_count++] = arena_copy(&control->arena, json_span(filter));
    }
    return NULL;
}

static const char *read_subscribe(struct wscontrol *control, const json_t *json)
{
    const char *why = read_channel(control, json);
    return why ? why : read_filters(control, json);
}

static const char *read_meta(struct wscontrol *control, const json_t *json)
{
    if (!read_string(control, json, "name", &control->name))
        return WRONG_TYPE("name");
    if (!control->name.at)
        return MISSING("name");
    if (!header_name_is_sound(control->name))
        return INVALID_VALUE("name");
    if (!read_string(control, json, "value", &control->value))
        return WRONG_TYPE("value");
    return header_value_is_sound(control->value) ? NULL : CONTROL_CHARACTER("value");
}

/* Reads the bytes of a message, of which base64 wins over text. */
static const char *read_content(struct wscontrol *control, const json_t *json)
{
    struct span base64 = {NULL, 0};
    if (!read_string(control, json, "content-bin", &base64))
        return WRONG_TYPE("content-bin");
    if (!base64.at)
        return read_string(control, json, "content", &control->content) ? NULL
                                                                        : WRONG_TYPE("content");
    struct buf decoded = {0};
    bool is_base64 = base64_decode(&decoded, base64);
    control->content = arena_copy(&control->arena, buf_span(&decoded));
    buf_done(&decoded);
    return is_base64 ? NULL : INVALID_VALUE("content-bin");
}

static const char *read_message_type(struct wscontrol *control, const json_t *json)
{
    static const struct span types[] = {[WS_TEXT] = SPAN_INIT("text"),
                                        [WS_BINARY] = SPAN_INIT("binary"),
                                        [WS_PING] = SPAN_INIT("ping"),
                                        [WS_PONG] = SPAN_INIT("pong")};
    struct span name = {NULL, 0};
    if (!read_string(control, json, "message-type", &name))
        return WRONG_TYPE("message-type");
    if (!name.at) /* text, also where the content is base64 */
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (span_equal(types[i], name)) {
            control->type = (enum ws_type)i;
            return NULL;
        }
    }
    return INVALID_VALUE("message-type");
}

/* Returns: NULL, or why no frame of its type could carry the content. */
static const char *check_message(const struct wscontrol *control)
{
    switch (control->type) {
    case WS_TEXT:
        return utf8_is_sound(control->content) ? NULL : "content of type text is not UTF-8";
    case WS_PING:
    case WS_PONG:
        return control->content.len <= WS_CONTROL_MOST ? NULL
                                                       : "a ping or pong carries at most 125 bytes";
    case WS_BINARY:
        break;
    }
    return NULL;
}

/* Leaves `timeout_s` where no positive number is given. */
static const char *read_timeout(struct wscontrol *control, const json_t *json)
{
    const json_t *value = field_of(json, "timeout");
    int64_t seconds;
    if (!value)
        return NULL;
    if (!reading_json_number(value, &seconds))
        return WRONG_TYPE("timeout");
    if (seconds > INT32_MAX)
        return INVALID_VALUE("timeout");
    if (seconds > 0)
        control->timeout_s = (unsigned)seconds;
    return NULL;
}

static const char *read_mode(struct wscontrol *control, const json_t *json)
{
    struct span mode = {NULL, 0};
    if (!read_string(control, json, "mode", &mode))
        return WRONG_TYPE("mode");
    if (!mode.at || span_equal(mode, SPAN("idle")))
        return NULL;
    if (!span_equal(mode, SPAN("interval")))
        return INVALID_VALUE("mode");
    control->mode = KEEP_ALIVE_INTERVAL;
    return NULL;
}

/* Reads a message and when to send it. Without content there is nothing to send and the rest is
 * not looked at. */
static const char *read_message(struct wscontrol *control, const json_t *json)
{
    const char *why = read_content(control, json);
    if (why || !control->content.at)
        return why;
    why = read_message_type(control, json);
    if (!why)
        why = check_message(control);
    if (!why)
        why = read_timeout(control, json);
    return why;
}

static const char *read_keep_alive(struct wscontrol *control, const json_t *json)
{
    control->timeout_s = KEEP_ALIVE_FALLBACK_S;
    const char *why = read_message(control, json);
    return why || !control->content.at ? why : read_mode(control, json);
}

static const char *read_send_delayed(struct wscontrol *control, const json_t *json)
{
    control->timeout_s = SEND_DELAYED_FALLBACK_S;
    return read_message(control, json);
}

static const struct {
    struct span type;
    read_fn *read; /* NULL: nothing to be read */
} known[] = {
    [WSCONTROL_SUBSCRIBE] = {SPAN_INIT("subscribe"), read_subscribe},
    [WSCONTROL_UNSUBSCRIBE] = {SPAN_INIT("unsubscribe"), read_channel},
    [WSCONTROL_DETACH] = {SPAN_INIT("detach"), NULL},
    [WSCONTROL_SESSION] = {SPAN_INIT("session"), NULL},
    [WSCONTROL_SET_META] = {SPAN_INIT("set-meta"), read_meta},
    [WSCONTROL_KEEP_ALIVE] = {SPAN_INIT("keep-alive"), read_keep_alive},
    [WSCONTROL_SEND_DELAYED] = {SPAN_INIT("send-delayed"), read_send_delayed},
    [WSCONTROL_FLUSH_DELAYED] = {SPAN_INIT("flush-delayed"), NULL},
};

static const char *read_object(struct wscontrol *control, const json_t *json)
{
    struct span type = {NULL, 0};
    if (!json_is_object(json))
        return "control message is not a JSON object";
    if (!read_string(control, json, "type", &type))
        return WRONG_TYPE("type");
    if (!type.at)
        return MISSING("type");
    size_t kind = 0;
    while (kind < ARRAY_LEN(known) && !span_equal(known[kind].type, type))
        kind++;
    if (kind == ARRAY_LEN(known))
        return "control message is of an unknown type";
    control->kind = (enum wscontrol_kind)kind;
    return known[kind].read ? known[kind].read(control, json) : NULL;
}

const char *wscontrol_read(struct wscontrol *control, struct span json, const struct limits *limits)
{
    *control = (struct wscontrol){0};
    /* jansson refuses what is nested more than 2048 deep. */
    json_t *root = json_loadb(json.at, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    const char *why = root ? read_object(control, root) : "control message is not valid JSON";
    json_decref(root);
    if (!why && control->channel.len > limits->channel_bytes)
        why = "channel name is longer than channel_bytes";
    if (why)
        wscontrol_done(control);
    return why;
}

void wscontrol_done(struct wscontrol *control)
{
    arena_done(&control->arena);
}
