/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/responseread.h"

#include <stdlib.h>

#include "common/http.h"
#include "common/jsonpatch.h"
#include "common/log.h"

#define STATUS_LEAST 200
#define STATUS_MOST 599

/* Whether the header is about this hop or the answer's length, and so not a publisher's to set,
 * or an instruction, which was not meant for clients. */
static bool is_left_out(struct span name)
{
    return header_is_hop_by_hop(name) || span_starts_nocase(name, SPAN("Grip-"));
}

/* The list of headers as it grows. */
struct headers {
    const struct fields *fields;
    struct header *list;
    size_t count;
};

static bool add_header(struct headers *headers, struct span name, const json_t *value)
{
    struct reading *reading = headers->fields->reading;
    char shown[48];
    (void)log_safe(shown, sizeof(shown), name.at, name.len);
    if (!header_name_is_sound(name))
        return reading_refuse(reading, "'headers' contains a name that is none: '%s'", shown);
    if (!json_is_string(value))
        return reading_refuse(reading, "'headers' contains '%s' with wrong type", shown);
    struct header header = {name, span_trim(json_span(value))};
    if (!header_value_is_sound(header.value))
        return reading_refuse(reading, "'headers' contains '%s' with a control character", shown);
    if (is_left_out(name))
        return true;
    if (headers->count >= reading->limits->publish_headers)
        return reading_refuse(reading, "'headers' contains more than publish_headers (%llu)",
                              (unsigned long long)reading->limits->publish_headers);
    headers->list =
        arena_grow(reading->arena, headers->list, headers->count, sizeof(*headers->list));
    headers->list[headers->count++] = header;
    return true;
}

static bool add_map(struct headers *headers, json_t *map)
{
    const char *name;
    json_t *value;
    json_object_foreach(map, name, value)
    {
        if (!add_header(headers, span_of(name), value))
            return false;
    }
    return true;
}

static bool add_pairs(struct headers *headers, const json_t *pairs)
{
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        const json_t *name = json_array_get(pair, 0);
        if (json_array_size(pair) != 2 || !json_is_string(name))
            return reading_refuse(headers->fields->reading,
                                  "'headers' contains an element that is no [name, value]");
        if (!add_header(headers, json_span(name), json_array_get(pair, 1)))
            return false;
    }
    return true;
}

static bool read_headers(const struct fields *fields, struct format *out)
{
    json_t *value = fields_get(fields, "headers");
    struct headers headers = {.fields = fields};
    if (!value)
        return true;
    if (!json_is_object(value) && !json_is_array(value))
        return fields_refuse_type(fields, "headers");
    if (!(json_is_object(value) ? add_map(&headers, value) : add_pairs(&headers, value)))
        return false;
    out->headers = headers.list;
    out->header_count = headers.count;
    return true;
}

bool response_head_read(const struct fields *fields, struct format *out)
{
    return fields_number(fields, "code", STATUS_LEAST, STATUS_MOST, &out->code) &&
           fields_line(fields, "reason", &out->reason) && read_headers(fields, out);
}

bool response_patch_read(const struct fields *fields, struct format *out)
{
    const json_t *patch = fields_get(fields, "body-patch");
    if (!patch)
        return true;
    if (!json_is_array(patch))
        return fields_refuse_type(fields, "body-patch");
    char *text = json_dumps(patch, JSON_COMPACT);
    const char *why = jsonpatch_check(span_of(text));
    if (!why)
        out->patch = arena_copy(fields->reading->arena, span_of(text));
    free(text);
    return !why ||
           reading_refuse(fields->reading, "%s contains 'body-patch' with invalid value: %s",
                          fields->name, why);
}
