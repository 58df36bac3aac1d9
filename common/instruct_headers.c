/* SPDX-License-Identifier: Apache-2.0 */
#include "common/instruct_headers.h"

#include "common/escape.h"
#include "common/gripvalue.h"
#include "common/log.h"

static bool read_hold(struct reading *reading, struct span value)
{
    if (span_equal(value, SPAN("response")))
        reading->told->mode = HOLD_RESPONSE;
    else if (span_equal(value, SPAN("stream")))
        reading->told->mode = HOLD_STREAM;
    else
        return reading_fail(reading, "Grip-Hold must be set to either 'response' or 'stream'");
    return true;
}

static bool read_channels(struct reading *reading, struct span rest)
{
    struct gripvalue value;
    while (gripvalue_next(&value, &reading->told->arena, &rest)) {
        if (!value.first.len) /* js-grip sends an empty Grip-Channel where there is none */
            continue;
        if (!reading_channel(reading, value.first, gripvalue_param(&value, SPAN("prev-id"))))
            return false;
        for (size_t i = 0; i < value.param_count; i++)
            if (value.params[i].value.at && span_equal(value.params[i].name, SPAN("filter")) &&
                !reading_filter(reading, value.params[i].value))
                return false;
    }
    return true;
}

/* Reads seconds into `*seconds`, at least `least` of them. `what` is how the errors begin, with
 * `noun` for what could not be parsed. */
static bool read_seconds(struct reading *reading, struct span text, unsigned least,
                         const char *what, const char *noun, unsigned *seconds)
{
    int64_t number;
    if (!reading_number(text, &number))
        return reading_fail(reading, "failed to parse %s%s", what, noun);
    if (number < 0)
        return reading_fail(reading, "%s has invalid value", what);
    *seconds = number < least ? least : (unsigned)number;
    return true;
}

static bool read_timeout(struct reading *reading, struct span value)
{
    return read_seconds(reading, value, HOLD_LEAST_S, "Grip-Timeout", "",
                        &reading->told->timeout_s);
}

static bool read_keep_alive_data(struct reading *reading, struct span data, struct span format)
{
    struct instruct *told = reading->told;
    struct buf bytes = {0};
    bool sound = true;
    if (!format.at || span_equal(format, SPAN("raw")))
        buf_append(&bytes, data);
    else if (span_equal(format, SPAN("cstring")))
        sound = cstring_decode(&bytes, data);
    else if (span_equal(format, SPAN("base64")))
        sound = base64_decode(&bytes, data);
    else
        return reading_fail(reading, "no such Grip-Keep-Alive format '%.*s'", LOG_SPAN(format));
    told->keep_alive = arena_copy(&told->arena, buf_span(&bytes));
    buf_done(&bytes);
    return sound ||
           reading_fail(reading, "failed to parse Grip-Keep-Alive %.*s format", LOG_SPAN(format));
}

static bool read_keep_alive(struct reading *reading, struct span text)
{
    struct instruct *told = reading->told;
    struct gripvalue value;
    if (!gripvalue_read(&value, &told->arena, text) || !value.first.len)
        return reading_fail(reading, "Grip-Keep-Alive cannot be empty");

    struct span mode = gripvalue_param(&value, SPAN("mode"));
    if (mode.at && span_equal(mode, SPAN("interval")))
        told->keep_alive_mode = KEEP_ALIVE_INTERVAL;
    else if (mode.at && !span_equal(mode, SPAN("idle")))
        return reading_fail(reading, "no such Grip-Keep-Alive mode '%.*s'", LOG_SPAN(mode));

    struct span timeout = gripvalue_param(&value, SPAN("timeout"));
    if (timeout.at && !read_seconds(reading, timeout, KEEP_ALIVE_LEAST_S, "Grip-Keep-Alive timeout",
                                    " value", &told->keep_alive_s))
        return false;
    told->has_keep_alive = true;
    return read_keep_alive_data(reading, value.first, gripvalue_param(&value, SPAN("format")));
}

/* Takes the URI out of "<uri>". */
static bool read_uri(struct reading *reading, struct span text, struct span *uri)
{
    if (text.len <= 2 || text.at[0] != '<' || text.at[text.len - 1] != '>')
        return reading_fail(reading, "failed to parse Grip-Link value");
    *uri = span(text.at + 1, text.len - 2);
    for (size_t i = 0; i < uri->len; i++)
        if ((unsigned char)uri->at[i] <= ' ' || uri->at[i] == 0x7f)
            return reading_fail(reading, "Grip-Link contains invalid link");
    return true;
}

static bool read_link(struct reading *reading, const struct gripvalue *value)
{
    struct instruct *told = reading->told;
    struct span uri;
    if (!read_uri(reading, value->first, &uri))
        return false;
    struct span rel = gripvalue_param(value, SPAN("rel"));
    if (span_equal(rel, SPAN("gone")))
        told->gone_uri = uri;
    if (!span_equal(rel, SPAN("next")))
        return true;
    told->next_uri = uri;
    told->next_timeout_s = NEXT_FALLBACK_S;
    struct span timeout = gripvalue_param(value, SPAN("timeout"));
    return !timeout.at ||
           read_seconds(reading, timeout, 0, "Grip-Link timeout", " value", &told->next_timeout_s);
}

static bool read_links(struct reading *reading, struct span rest)
{
    struct gripvalue value;
    while (gripvalue_next(&value, &reading->told->arena, &rest))
        if (value.param_count && !read_link(reading, &value))
            return false;
    return true;
}

static bool read_meta(struct reading *reading, struct span rest)
{
    struct gripvalue value;
    while (gripvalue_next_params(&value, &reading->told->arena, &rest)) {
        if (!value.param_count)
            return reading_fail(reading, "Grip-Set-Meta cannot be empty");
        if (!reading_meta(reading, value.params[0].name, value.params[0].value))
            return false;
    }
    return true;
}

static bool read_status(struct reading *reading, struct span reason)
{
    int64_t number;
    struct span code = span_cut(&reason, ' ');
    if (!reading_number(code, &number) || number < STATUS_LEAST || number > STATUS_MOST)
        return reading_fail(reading, "Grip-Status contains invalid status code");
    reading->told->status = (unsigned)number;
    reading->told->reason = span_trim(reason);
    if (!reading->told->reason.len)
        reading->told->reason = span_of(status_reason((unsigned)number));
    return true;
}

typedef bool read_fn(struct reading *reading, struct span value);

static const struct grip_header {
    struct span name;
    read_fn *read;
    bool repeats;
} grip_headers[] = {
    {{"Grip-Hold", 9}, read_hold, false},        {{"Grip-Channel", 12}, read_channels, true},
    {{"Grip-Timeout", 12}, read_timeout, false}, {{"Grip-Keep-Alive", 15}, read_keep_alive, false},
    {{"Grip-Link", 9}, read_links, true},        {{"Grip-Set-Meta", 13}, read_meta, true},
    {{"Grip-Status", 11}, read_status, false},
};

static bool read_header(struct reading *reading, const struct grip_header *kind)
{
    const struct answer *answer = reading->answer;
    for (size_t i = 0; i < answer->header_count; i++) {
        if (!span_equal_nocase(answer->headers[i].name, kind->name))
            continue;
        if (!kind->read(reading, span_trim(answer->headers[i].value)))
            return false;
        if (!kind->repeats)
            break;
    }
    return true;
}

bool instruct_read_headers(struct reading *reading)
{
    for (size_t i = 0; i < ARRAY_LEN(grip_headers); i++)
        if (!read_header(reading, &grip_headers[i]))
            return false;
    return true;
}
