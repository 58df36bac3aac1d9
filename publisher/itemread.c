/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/itemread.h"

#include <inttypes.h>

#include "publisher/formatread.h"

/* Reads a name that will stand on a line of a head. An empty one is none, as in Pushpin. */
static bool read_name(const struct fields *fields, const char *key, uint64_t most, struct span *out)
{
    if (!fields_line(fields, key, out))
        return false;
    if (out->len > most)
        return reading_refuse(fields->reading, "%s contains '%s' of %zu bytes, more than %" PRIu64,
                              fields->name, key, out->len, most);
    if (out->len == 0)
        *out = span(NULL, 0);
    return true;
}

static bool read_channel(const struct fields *fields, struct span *out)
{
    if (!fields_get(fields, "channel"))
        return reading_refuse(fields->reading, "%s does not contain 'channel'", fields->name);
    if (!read_name(fields, "channel", fields->reading->limits->channel_bytes, out))
        return false;
    return out->at ||
           reading_refuse(fields->reading, "%s contains 'channel' that is empty", fields->name);
}

/* Reads those of `object` that are formats.
 * Returns: how many, or -1 with the fault noted. */
static int read_known_formats(const struct fields *fields, struct format formats[FORMAT_COUNT])
{
    int count = 0;
    for (enum format_kind kind = 0; kind < FORMAT_COUNT; kind++) {
        const json_t *format = fields_get(fields, format_name(kind));
        if (!format)
            continue;
        if (!json_is_object(format)) {
            (void)fields_refuse_type(fields, format_name(kind));
            return -1;
        }
        if (!format_read(fields->reading, kind, format, &formats[kind]))
            return -1;
        count++;
    }
    return count;
}

/* Older GRIP libraries put the formats into the item itself. */
static bool read_formats(const struct fields *fields, struct format formats[FORMAT_COUNT])
{
    struct fields inner = *fields;
    const json_t *object = fields_get(fields, "formats");
    if (object)
        inner = (struct fields){object, "'formats'", fields->reading};
    if (!json_is_object(inner.object))
        return fields_refuse_type(fields, "formats");
    int count = read_known_formats(&inner, formats);
    if (count == 0 && (!object || json_object_size(object) == 0))
        return reading_refuse(fields->reading, "no formats specified");
    if (count == 0)
        return reading_refuse(fields->reading, "'formats' contains none of 'http-response', "
                                               "'http-stream', 'ws-message'");
    return count > 0;
}

bool item_read(struct reading *reading, const json_t *json, struct item *out)
{
    const struct fields fields = {json, "publish item object", reading};
    uint64_t id_bytes = reading->limits->id_bytes;
    unsigned size = 0;
    *out = (struct item){0};
    if (!json_is_object(json))
        return reading_refuse(reading, "%s is not an object", fields.name);
    return read_channel(&fields, &out->channel) && read_name(&fields, "id", id_bytes, &out->id) &&
           read_name(&fields, "prev-id", id_bytes, &out->prev_id) &&
           fields_are_string_map(&fields, "meta") &&
           fields_number(&fields, "size", 0, INT32_MAX, &size) &&
           fields_bool(&fields, "no-seq", &out->no_seq) && read_formats(&fields, out->formats);
}
