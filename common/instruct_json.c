/* SPDX-License-Identifier: Apache-2.0 */
#include "common/instruct_json.h"

#include <jansson.h>

#include "common/escape.h"
#include "common/jsonvalue.h"
#include "common/log.h"

/* A JSON object, or whatever the origin sent in its place, and its name in error texts. */
struct object {
    const char *what;
    const json_t *json;
};

static bool wrong_type(struct reading *reading, struct object object, const char *field)
{
    return reading_fail(reading, "%s contains '%s' with wrong type", object.what, field);
}

static bool invalid_value(struct reading *reading, struct object object, const char *field)
{
    return reading_fail(reading, "%s contains '%s' with invalid value", object.what, field);
}

/* Returns: the field, NULL where it is absent or null, which is the same. */
static json_t *field_of(struct object object, const char *field)
{
    json_t *value = json_object_get(object.json, field);
    return json_is_null(value) ? NULL : value;
}

/* Copies a JSON string, which may contain NUL, into the arena. */
static struct span copy_string(struct reading *reading, const json_t *string)
{
    return arena_copy(&reading->told->arena, json_span(string));
}

/* Reads an optional string; `text->at` becomes NULL where there is none. */
static bool read_string(struct reading *reading, struct object object, const char *field,
                        struct span *text)
{
    const json_t *value = field_of(object, field);
    *text = (struct span){NULL, 0};
    if (!value)
        return true;
    if (!json_is_string(value))
        return wrong_type(reading, object, field);
    *text = copy_string(reading, value);
    return true;
}

/* Reads an optional number, 0 or more; `*number` stays where there is none. */
static bool read_number(struct reading *reading, struct object object, const char *field,
                        unsigned *number)
{
    const json_t *value = field_of(object, field);
    int64_t wide;
    if (!value)
        return true;
    if (!reading_json_number(value, &wide))
        return wrong_type(reading, object, field);
    if (wide < 0 || wide > INT32_MAX)
        return invalid_value(reading, object, field);
    *number = (unsigned)wide;
    return true;
}

/* Reads bytes that are told as text in `field` or as base64 in `binary_field`, which wins;
 * `bytes->at` becomes NULL where there are none. */
static bool read_bytes(struct reading *reading, struct object object, const char *field,
                       const char *binary_field, struct span *bytes)
{
    struct span base64;
    if (!read_string(reading, object, binary_field, &base64))
        return false;
    if (!base64.at)
        return read_string(reading, object, field, bytes);
    struct buf decoded = {0};
    bool sound = base64_decode(&decoded, base64);
    *bytes = arena_copy(&reading->told->arena, buf_span(&decoded));
    buf_done(&decoded);
    return sound || invalid_value(reading, object, binary_field);
}

static bool read_filters(struct reading *reading, struct object channel)
{
    const json_t *filters = field_of(channel, "filters");
    if (!filters)
        return true;
    if (!json_is_array(filters))
        return wrong_type(reading, channel, "filters");
    size_t at;
    const json_t *filter;
    json_array_foreach(filters, at, filter)
    {
        if (!json_is_string(filter))
            return reading_fail(reading, "filters contains value with wrong type");
        if (!reading_filter(reading, copy_string(reading, filter)))
            return false;
    }
    return true;
}

static bool read_channel(struct reading *reading, const json_t *json)
{
    struct object channel = {"channel", json};
    struct span name;
    struct span prev_id;
    if (!json_is_object(json))
        return reading_fail(reading, "channels contains value with wrong type");
    if (!read_string(reading, channel, "name", &name) ||
        !read_string(reading, channel, "prev-id", &prev_id))
        return false;
    if (!name.at)
        return reading_fail(reading, "channel does not contain 'name'");
    if (!name.len)
        return invalid_value(reading, channel, "name");
    return reading_channel(reading, name, prev_id) && read_filters(reading, channel);
}

static bool read_channels(struct reading *reading, struct object hold)
{
    const json_t *channels = field_of(hold, "channels");
    if (!channels)
        return reading_fail(reading, "hold does not contain 'channels'");
    if (!json_is_array(channels))
        return wrong_type(reading, hold, "channels");
    size_t at;
    const json_t *channel;
    json_array_foreach(channels, at, channel)
    {
        if (!read_channel(reading, channel))
            return false;
    }
    return true;
}

static bool read_mode(struct reading *reading, struct object hold)
{
    struct span mode;
    if (!read_string(reading, hold, "mode", &mode))
        return false;
    if (!mode.at || span_equal(mode, SPAN("response")))
        reading->told->mode = HOLD_RESPONSE;
    else if (span_equal(mode, SPAN("stream")))
        reading->told->mode = HOLD_STREAM;
    else
        return reading_fail(reading, "hold 'mode' must be set to either 'response' or 'stream'");
    return true;
}

/* The JSON form has no keep-alive mode; Pushpin's timer then runs regardless of items. */
static bool read_keep_alive(struct reading *reading, struct object hold)
{
    struct instruct *told = reading->told;
    struct object keep_alive = {"keep-alive", field_of(hold, "keep-alive")};
    if (!keep_alive.json)
        return true;
    if (!json_is_object(keep_alive.json))
        return wrong_type(reading, hold, "keep-alive");
    told->has_keep_alive = true;
    told->keep_alive_mode = KEEP_ALIVE_INTERVAL;
    told->keep_alive_s = KEEP_ALIVE_FALLBACK_S;
    if (!read_number(reading, keep_alive, "timeout", &told->keep_alive_s) ||
        !read_bytes(reading, keep_alive, "content", "content-bin", &told->keep_alive))
        return false;
    if (told->keep_alive_s < KEEP_ALIVE_LEAST_S)
        told->keep_alive_s = KEEP_ALIVE_LEAST_S;
    return told->keep_alive.at || reading_fail(reading, "keep-alive does not contain 'content'");
}

static bool read_meta(struct reading *reading, struct object hold)
{
    json_t *meta = field_of(hold, "meta");
    if (!meta)
        return true;
    if (!json_is_object(meta))
        return wrong_type(reading, hold, "meta");
    const char *name;
    const json_t *value;
    json_object_foreach(meta, name, value)
    {
        if (!json_is_string(value))
            return wrong_type(reading, (struct object){"'meta'", meta}, name);
        if (!reading_meta(reading, arena_copy(&reading->told->arena, span_of(name)),
                          copy_string(reading, value)))
            return false;
    }
    return true;
}

static bool read_hold(struct reading *reading, struct object root)
{
    struct object hold = {"hold", field_of(root, "hold")};
    struct instruct *told = reading->told;
    if (!hold.json)
        return true;
    if (!json_is_object(hold.json))
        return wrong_type(reading, root, "hold");
    if (!read_mode(reading, hold) || !read_channels(reading, hold) ||
        !read_number(reading, hold, "timeout", &told->timeout_s) ||
        !read_keep_alive(reading, hold) || !read_meta(reading, hold))
        return false;
    if (told->timeout_s < HOLD_LEAST_S)
        told->timeout_s = HOLD_LEAST_S;
    return true;
}

/* Reads `["name", "value"]`. */
static bool read_header_pair(struct reading *reading, const json_t *pair)
{
    if (!json_is_array(pair))
        return reading_fail(reading, "headers contains element with wrong type");
    if (json_array_size(pair) != 2)
        return reading_fail(reading, "headers contains list with wrong number of elements");
    const json_t *name = json_array_get(pair, 0);
    const json_t *value = json_array_get(pair, 1);
    if (!json_is_string(name))
        return reading_fail(reading, "header contains name element with wrong type");
    if (!json_is_string(value))
        return reading_fail(reading, "header contains value element with wrong type");
    return reading_header(reading, copy_string(reading, name), copy_string(reading, value));
}

static bool read_header_pairs(struct reading *reading, const json_t *headers)
{
    size_t at;
    const json_t *pair;
    json_array_foreach(headers, at, pair)
    {
        if (!read_header_pair(reading, pair))
            return false;
    }
    return true;
}

static bool read_header_map(struct reading *reading, json_t *headers)
{
    const char *name;
    const json_t *value;
    json_object_foreach(headers, name, value)
    {
        if (!json_is_string(value))
            return wrong_type(reading, (struct object){"headers", headers}, name);
        if (!reading_header(reading, arena_copy(&reading->told->arena, span_of(name)),
                            copy_string(reading, value)))
            return false;
    }
    return true;
}

static bool read_headers(struct reading *reading, struct object response)
{
    json_t *headers = field_of(response, "headers");
    if (!headers)
        return true;
    if (json_is_array(headers))
        return read_header_pairs(reading, headers);
    if (json_is_object(headers))
        return read_header_map(reading, headers);
    return wrong_type(reading, response, "headers");
}

static bool read_status(struct reading *reading, struct object response)
{
    struct instruct *told = reading->told;
    unsigned code = 0;
    struct span reason;
    if (!read_number(reading, response, "code", &code) ||
        !read_string(reading, response, "reason", &reason))
        return false;
    if (field_of(response, "code")) {
        if (code < STATUS_LEAST || code > STATUS_MOST)
            return invalid_value(reading, response, "code");
        told->status = code;
        told->reason = span_of(status_reason(code));
    }
    if (reason.at)
        told->reason = reason;
    return true;
}

static bool read_response(struct reading *reading, struct object root)
{
    struct object response = {"response", field_of(root, "response")};
    struct span body;
    if (!response.json)
        return true;
    if (!json_is_object(response.json))
        return wrong_type(reading, root, "response");
    if (!read_status(reading, response) || !read_headers(reading, response) ||
        !read_bytes(reading, response, "body", "body-bin", &body))
        return false;
    if (body.at)
        reading->told->body = body;
    return true;
}

bool instruct_read_json(struct reading *reading)
{
    const struct answer *answer = reading->answer;
    if (answer->status != 200)
        return reading_fail(reading,
                            "response code for application/grip-instruct content must be 200");

    /* jansson refuses what is nested more than 2048 deep. */
    json_t *json =
        json_loadb(answer->body.at, answer->body.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!json)
        return reading_fail(reading, "failed to parse application/grip-instruct content as JSON");
    struct object root = {"instruct", json};
    reading->told->body = SPAN("");
    bool sound = json_is_object(json) ? read_hold(reading, root) && read_response(reading, root)
                                      : reading_fail(reading, "instruct must be an object");
    json_decref(json);
    return sound;
}
