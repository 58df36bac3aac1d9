/* SPDX-License-Identifier: Apache-2.0 */
#include "common/instruct_reading.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/jsonvalue.h"
#include "common/log.h"
#include "common/mem.h"

enum { WHY_MOST = 256 }; /* bytes of a sentence; names in it come from outside */

bool reading_fail(struct reading *reading, const char *format, ...)
{
    CHECK(!reading->why);
    char text[WHY_MOST];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    reading->why = mem_new(WHY_MOST);
    log_safe(reading->why, WHY_MOST, text, strlen(text));
    if (reading->fault == REASON_NONE)
        reading->fault = REASON_BAD_INSTRUCT;
    return false;
}

bool reading_channel(struct reading *reading, struct span name, struct span prev_id)
{
    struct instruct *told = reading->told;
    const struct limits *limits = reading->limits;
    if (told->channel_count >= limits->channels_per_hold) {
        reading->fault = REASON_TOO_MANY_CHANNELS;
        return reading_fail(reading, "more than %" PRIu64 " channels on one hold",
                            limits->channels_per_hold);
    }
    if (name.len > limits->channel_bytes)
        return reading_fail(reading, "channel name is longer than %" PRIu64 " bytes",
                            limits->channel_bytes);
    if (prev_id.len > limits->id_bytes)
        return reading_fail(reading, "prev-id of channel '%.*s' is longer than %" PRIu64 " bytes",
                            LOG_SPAN(name), limits->id_bytes);
    if (!header_value_is_sound(name) || !header_value_is_sound(prev_id))
        return reading_fail(reading, "channel '%.*s' or its prev-id contains control characters",
                            LOG_SPAN(name));
    told->channels =
        arena_grow(&told->arena, told->channels, told->channel_count, sizeof(*told->channels));
    told->channels[told->channel_count++] = (struct told_channel){.name = name, .prev_id = prev_id};
    return true;
}

bool reading_filter(struct reading *reading, struct span filter)
{
    CHECK(reading->told->channel_count > 0);
    struct told_channel *channel = &reading->told->channels[reading->told->channel_count - 1];
    if (channel->filter_count == FILTERS_MOST)
        return reading_fail(reading, "too many filters for channel '%.*s'",
                            LOG_SPAN(channel->name));
    channel->filters[channel->filter_count++] = filter;
    return true;
}

bool reading_meta(struct reading *reading, struct span name, struct span value)
{
    struct instruct *told = reading->told;
    for (size_t i = 0; i < told->meta_count; i++) {
        if (span_equal(told->meta[i].name, name)) {
            told->meta[i].value = value;
            return true;
        }
    }
    if (told->meta_count >= reading->limits->meta_per_hold)
        return reading_fail(reading, "more than %" PRIu64 " names of metadata on one hold",
                            reading->limits->meta_per_hold);
    told->meta = arena_grow(&told->arena, told->meta, told->meta_count, sizeof(*told->meta));
    told->meta[told->meta_count++] = (struct header){name, value};
    return true;
}

bool reading_header(struct reading *reading, struct span name, struct span value)
{
    struct instruct *told = reading->told;
    if (span_starts_nocase(name, SPAN("Grip-")) || header_is_hop_by_hop(name))
        return true;
    if (!header_name_is_sound(name))
        return reading_fail(reading, "the name of header '%.*s' is not valid", LOG_SPAN(name));
    if (!header_value_is_sound(value))
        return reading_fail(reading, "the value of header '%.*s' contains control characters",
                            LOG_SPAN(name));
    told->headers =
        arena_grow(&told->arena, told->headers, told->header_count, sizeof(*told->headers));
    told->headers[told->header_count++] = (struct header){name, value};
    return true;
}

bool reading_number(struct span text, int64_t *number)
{
    char digits[16];
    text = span_trim(text);
    if (!text.len || text.len >= sizeof(digits))
        return false;
    memcpy(digits, text.at, text.len);
    digits[text.len] = '\0';
    char *end;
    *number = strtoll(digits, &end, 10);
    return end == digits + text.len && *number >= INT32_MIN && *number <= INT32_MAX;
}

bool reading_json_number(const json_t *value, int64_t *number)
{
    if (json_is_string(value))
        return reading_number(json_span(value), number);
    if (json_is_boolean(value))
        *number = json_is_true(value);
    else if (json_is_real(value) && fabs(json_real_value(value)) < 1e9)
        *number = llround(json_real_value(value));
    else if (json_is_integer(value))
        *number = json_integer_value(value);
    else
        return false;
    return true;
}
