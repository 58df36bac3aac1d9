/* SPDX-License-Identifier: Apache-2.0 */
#include "common/wscontrol.h"

#include <jansson.h>
#include <limits.h>

#include "common/buf.h"
#include "common/escape.h"
#include "common/http.h"
#include "common/utf8.h"
#include "common/wsframe.h"

#define KEEP_ALIVE_FALLBACK_S 55
#define DELAY_FALLBACK_S 1
#define SECONDS_MOST (7 * 86400)

static const char *const kinds[] = {
    [WSCONTROL_SUBSCRIBE] = "subscribe",
    [WSCONTROL_UNSUBSCRIBE] = "unsubscribe",
    [WSCONTROL_DETACH] = "detach",
    [WSCONTROL_SESSION] = "session",
    [WSCONTROL_SET_META] = "set-meta",
    [WSCONTROL_KEEP_ALIVE] = "keep-alive",
    [WSCONTROL_SEND_DELAYED] = "send-delayed",
    [WSCONTROL_FLUSH_DELAYED] = "flush-delayed",
};

static const char *const types[] = {
    [WS_TEXT] = "text", [WS_BINARY] = "binary", [WS_PING] = "ping", [WS_PONG] = "pong"};

/* Returns: which of `names` the string `json` is, or -1. */
static int find(const json_t *json, const char *const *names, size_t count)
{
    const char *text = json_string_value(json);
    for (size_t i = 0; text && i < count; i++)
        if (strcmp(names[i], text) == 0)
            return (int)i;
    return -1;
}

/* Returns: at == NULL where `json` is no string. */
static struct span keep_string(struct wscontrol *control, const json_t *json)
{
    if (!json_is_string(json))
        return (struct span){NULL, 0};
    return arena_copy(&control->arena, span(json_string_value(json), json_string_length(json)));
}

/* ---- channels ---- */

static const char *read_filters(struct wscontrol *control, const json_t *filters)
{
    if (filters && !json_is_array(filters))
        return "'filters' is no list";
    if (json_array_size(filters) > FILTERS_MOST)
        return "there are more than 5 filters";
    size_t i;
    const json_t *filter;
    json_array_foreach(filters, i, filter)
    {
        control->filters[i] = keep_string(control, filter);
        if (!control->filters[i].at)
            return "a filter is no string";
        control->filter_count++;
    }
    return NULL;
}

static const char *read_channel(struct wscontrol *control, const json_t *json,
                                const struct limits *limits)
{
    control->channel = keep_string(control, json_object_get(json, "channel"));
    if (!control->channel.at || !control->channel.len)
        return "'channel' is missing or empty";
    if (control->channel.len > limits->channel_bytes)
        return "the name of the channel is longer than channel_bytes";
    if (!header_value_is_sound(control->channel))
        return "the name of the channel has a control character";
    return read_filters(control, json_object_get(json, "filters"));
}

/* ---- metadata ---- */

static const char *read_meta(struct wscontrol *control, const json_t *json)
{
    const json_t *value = json_object_get(json, "value");
    control->name = keep_string(control, json_object_get(json, "name"));
    if (!control->name.at || !header_name_is_sound(control->name))
        return "'name' is missing or no header name";
    control->value = keep_string(control, value);
    if (value && !json_is_null(value) && !control->value.at)
        return "'value' is no string";
    if (control->value.at && !header_value_is_sound(control->value))
        return "'value' has a control character";
    return NULL;
}

/* ---- messages ---- */

static const char *decode(struct wscontrol *control, const json_t *json)
{
    struct buf bytes = {0};
    struct span text = span(json_string_value(json), json_string_length(json));
    if (!json_is_string(json) || !base64_decode(&bytes, text))
        return "'content-bin' is no base64";
    control->content = arena_copy(&control->arena, buf_span(&bytes));
    buf_done(&bytes);
    return NULL;
}

static const char *read_content(struct wscontrol *control, const json_t *json)
{
    const json_t *binary = json_object_get(json, "content-bin");
    const json_t *content = json_object_get(json, "content");
    const json_t *type = json_object_get(json, "message-type");
    const char *why = binary ? decode(control, binary) : NULL;
    if (why)
        return why;
    if (!binary && content) {
        control->content = keep_string(control, content);
        if (!control->content.at)
            return "'content' is no string";
    }
    int found = type ? find(type, types, ARRAY_LEN(types)) : WS_TEXT;
    if (found < 0)
        return "'message-type' is not text, binary, ping or pong";
    control->type = (enum ws_type)found;
    if (control->type == WS_TEXT && control->content.at && !utf8_is_sound(control->content))
        return "the content of a text message is not UTF-8";
    if (control->type != WS_TEXT && control->type != WS_BINARY &&
        control->content.len > WS_CONTROL_MOST)
        return "the content of a ping or pong is longer than 125 bytes";
    return NULL;
}

static const char *read_seconds(struct wscontrol *control, const json_t *json, unsigned fallback)
{
    const json_t *timeout = json_object_get(json, "timeout");
    if (timeout && !json_is_number(timeout))
        return "'timeout' is no number";
    double seconds = timeout ? json_number_value(timeout) : 0;
    control->timeout_s = seconds < 1              ? fallback
                         : seconds > SECONDS_MOST ? SECONDS_MOST
                                                  : (unsigned)seconds;
    return NULL;
}

static const char *read_keep_alive(struct wscontrol *control, const json_t *json)
{
    static const char *const modes[] = {
        [KEEP_ALIVE_IDLE] = "idle", [KEEP_ALIVE_INTERVAL] = "interval"};
    const json_t *mode = json_object_get(json, "mode");
    int found = mode ? find(mode, modes, ARRAY_LEN(modes)) : KEEP_ALIVE_IDLE;
    if (found < 0)
        return "'mode' is not idle or interval";
    control->mode = (enum keep_alive_mode)found;
    const char *why = read_content(control, json);
    return why || !control->content.at ? why : read_seconds(control, json, KEEP_ALIVE_FALLBACK_S);
}

static const char *read_delayed(struct wscontrol *control, const json_t *json)
{
    const char *why = read_content(control, json);
    if (why)
        return why;
    if (!control->content.at)
        return "'content' is missing";
    return read_seconds(control, json, DELAY_FALLBACK_S);
}

/* ---- */

static const char *read_kind(struct wscontrol *control, const json_t *json,
                             const struct limits *limits)
{
    int kind = find(json_object_get(json, "type"), kinds, ARRAY_LEN(kinds));
    if (kind < 0)
        return "'type' is missing or unknown";
    control->kind = (enum wscontrol_kind)kind;
    switch (control->kind) {
    case WSCONTROL_SUBSCRIBE:
    case WSCONTROL_UNSUBSCRIBE:
        return read_channel(control, json, limits);
    case WSCONTROL_SET_META:
        return read_meta(control, json);
    case WSCONTROL_KEEP_ALIVE:
        return read_keep_alive(control, json);
    case WSCONTROL_SEND_DELAYED:
        return read_delayed(control, json);
    default:
        return NULL;
    }
}

const char *wscontrol_read(struct wscontrol *control, struct span json, const struct limits *limits)
{
    json_error_t error;
    *control = (struct wscontrol){0};
    json_t *object = json_loadb(json.at, json.len, JSON_ALLOW_NUL, &error);
    const char *why =
        !json_is_object(object) ? "it is no JSON object" : read_kind(control, object, limits);
    json_decref(object);
    if (why)
        wscontrol_done(control);
    return why;
}

void wscontrol_done(struct wscontrol *control)
{
    arena_done(&control->arena);
}
