/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/formatread.h"

#include <inttypes.h>

#include "common/buf.h"
#include "common/escape.h"
#include "common/log.h"
#include "common/utf8.h"
#include "common/wsframe.h"
#include "publisher/responseread.h"

#define WS_CODE_MOST 4999 /* RFC 6455 7.4.2 */

/* Returns: the place of the field's value in `names`, `fallback` where absent; -1, with the
 * fault noted, for a value that is not there. */
static int read_choice(const struct fields *fields, const char *key, const char *const *names,
                       size_t count, int fallback)
{
    struct span value = {NULL, 0};
    if (!fields_string(fields, key, &value))
        return -1;
    if (!value.at)
        return fallback;
    for (size_t i = 0; i < count; i++)
        if (span_equal(value, span_of(names[i])))
            return (int)i;
    char shown[48];
    (void)reading_refuse(fields->reading, "%s contains '%s' with unknown value '%s'", fields->name,
                         key, log_safe(shown, sizeof(shown), value.at, value.len));
    return -1;
}

static bool decode_base64(const struct fields *fields, const char *key, struct span text,
                          struct span *out)
{
    struct buf bytes = {0};
    bool is_base64 = base64_decode(&bytes, text);
    if (is_base64)
        *out = arena_copy(fields->reading->arena, buf_span(&bytes));
    buf_done(&bytes);
    return is_base64 || reading_refuse(fields->reading, "%s contains '%s' that is not base64",
                                       fields->name, key);
}

static bool fits_limit(const struct fields *fields, size_t bytes)
{
    uint64_t most = fields->reading->limits->content_bytes;
    return most == 0 || bytes <= most ||
           reading_refuse(fields->reading,
                          "%s content is %zu bytes, more than content_bytes (%" PRIu64 ")",
                          fields->name, bytes, most);
}

/* Where JSON needs base64, a tnetstring has bytes as they are, in the text's key (GRIP 6.5).
 * Returns: the key of the base64, NULL where there is none. */
static const char *base64_key(const struct fields *fields, const char *key)
{
    return fields->reading->is_raw ? NULL : key;
}

/* Reads the bytes to be sent: from `bin_key`, which may be NULL, or else text in `text_key`;
 * `*out` stays as it is where both are absent. */
static bool read_content(const struct fields *fields, const char *bin_key, const char *text_key,
                         struct span *out)
{
    struct span bin = {NULL, 0};
    if (bin_key && !fields_string(fields, bin_key, &bin))
        return false;
    if (!bin.at)
        return fields_string(fields, text_key, out) && fits_limit(fields, out->len);
    *out = bin;
    if (!fields->reading->is_raw && !decode_base64(fields, bin_key, bin, out))
        return false;
    return fits_limit(fields, out->len);
}

static bool read_stream(const struct fields *fields, struct format *out)
{
    if (!read_content(fields, base64_key(fields, "content-bin"), "content", &out->content))
        return false;
    return out->content.at ||
           reading_refuse(fields->reading, "%s does not contain 'content' or 'content-bin'",
                          fields->name);
}

static bool read_response(const struct fields *fields, struct format *out)
{
    if (!response_head_read(fields, out) ||
        !read_content(fields, base64_key(fields, "body-bin"), "body", &out->content))
        return false;
    if (out->content.at)
        return true;
    if (!response_patch_read(fields, out) || !fits_limit(fields, out->patch.len))
        return false;
    return out->patch.at ||
           reading_refuse(fields->reading,
                          "%s does not contain 'body', 'body-bin', or 'body-patch'", fields->name);
}

static bool read_message(const struct fields *fields, struct format *out)
{
    static const char *const types[] = {
        [WS_TEXT] = "text", [WS_BINARY] = "binary", [WS_PING] = "ping", [WS_PONG] = "pong"};
    int usual = fields_get(fields, "content-bin") ? WS_BINARY : WS_TEXT;
    int type = read_choice(fields, "type", types, ARRAY_LEN(types), usual);
    if (type < 0 || !read_content(fields, "content-bin", "content", &out->content))
        return false;
    out->type = (enum ws_type)type;
    bool is_control = type == WS_PING || type == WS_PONG;
    if (!out->content.at && !is_control)
        return reading_refuse(fields->reading, "%s does not contain 'content' or 'content-bin'",
                              fields->name);
    if (is_control && out->content.len > WS_CONTROL_MOST)
        return reading_refuse(fields->reading, "%s content is %zu bytes, a %s carries at most %d",
                              fields->name, out->content.len, types[type], WS_CONTROL_MOST);
    return type != WS_TEXT || utf8_is_sound(out->content) ||
           reading_refuse(fields->reading, "%s content of type text is not UTF-8", fields->name);
}

static bool read_close(const struct fields *fields, struct format *out)
{
    if (!fields_number(fields, "code", 0, WS_CODE_MOST, &out->code) ||
        !fields_line(fields, "reason", &out->reason))
        return false;
    /* 0 is what js-grip sends for none. */
    if (out->code && !ws_close_code_is_sound(out->code))
        return reading_refuse(fields->reading, "%s contains 'code' that no close frame may carry",
                              fields->name);
    return out->reason.len <= WS_REASON_MOST ||
           reading_refuse(fields->reading, "%s contains 'reason' of more than %d bytes",
                          fields->name, WS_REASON_MOST);
}

static bool read_send(const struct fields *fields, enum format_kind kind, struct format *out)
{
    if (!fields_are_strings(fields, "content-filters"))
        return false;
    switch (kind) {
    case FORMAT_RESPONSE:
        return read_response(fields, out);
    case FORMAT_STREAM:
        return read_stream(fields, out);
    default:
        return read_message(fields, out);
    }
}

bool format_read(struct reading *reading, enum format_kind kind, const json_t *json,
                 struct format *out)
{
    static const char *const actions[] = {[ACTION_SEND] = "send",
                                          [ACTION_HINT] = "hint",
                                          [ACTION_CLOSE] = "close",
                                          [ACTION_REFRESH] = "refresh"};
    static const char *const names[FORMAT_COUNT] = {
        [FORMAT_RESPONSE] = "'http-response'",
        [FORMAT_STREAM] = "'http-stream'",
        [FORMAT_WS] = "'ws-message'",
    };
    const struct fields fields = {json, names[kind], reading};
    *out = (struct format){.is_present = true};
    int action = read_choice(&fields, "action", actions, ARRAY_LEN(actions), ACTION_SEND);
    if (action < 0)
        return false;
    out->action = (enum action)action;
    /* The fields of other actions mean nothing and are not looked at (GRIP 6.4). */
    if (action == ACTION_SEND)
        return read_send(&fields, kind, out);
    return action != ACTION_CLOSE || kind != FORMAT_WS || read_close(&fields, out);
}
