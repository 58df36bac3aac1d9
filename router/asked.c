/* SPDX-License-Identifier: Apache-2.0 */
#include "router/asked.h"

/* Takes `start` off the front of `*text`, in whatever case.
 * Returns: false where something else stands there. */
static bool skip_nocase(struct span *text, struct span start)
{
    if (!span_starts_nocase(*text, start))
        return false;
    *text = span_skip(*text, start.len);
    return true;
}

static bool skip_scheme(struct span *url)
{
    return skip_nocase(url, SPAN("http://")) || skip_nocase(url, SPAN("https://"));
}

/* "/publish" or "/recover", with or without a slash behind it, with one or two before it. */
static enum endpoint publishing_at(struct span path)
{
    if (span_starts(path, SPAN("//")))
        path = span_skip(path, 1);
    if (span_equal(path, SPAN("/publish")) || span_equal(path, SPAN("/publish/")))
        return ENDPOINT_PUBLISH;
    if (span_equal(path, SPAN("/recover")) || span_equal(path, SPAN("/recover/")))
        return ENDPOINT_RECOVER;
    return ENDPOINT_NONE;
}

/* "/service/ID" in front of the same. */
static enum endpoint publishing_of_service(struct span path, struct span service_id)
{
    struct span start = SPAN("/service/");
    if (!span_starts(path, start))
        return ENDPOINT_NONE;
    struct span rest = span_skip(path, start.len);
    struct span id = span_cut(&rest, '/');
    if (id.len == 0 || (service_id.len && !span_equal(id, service_id)))
        return ENDPOINT_NONE;
    return publishing_at(span_skip(path, start.len + id.len));
}

static enum endpoint endpoint_at(struct span path, struct span service_id)
{
    enum endpoint publishing = publishing_at(path);
    if (publishing == ENDPOINT_NONE)
        publishing = publishing_of_service(path, service_id);
    if (publishing != ENDPOINT_NONE)
        return publishing;
    if (span_equal(path, SPAN("/")))
        return ENDPOINT_ROOT;
    if (span_equal(path, SPAN("/healthz")))
        return ENDPOINT_HEALTHZ;
    if (span_equal(path, SPAN("/readyz")))
        return ENDPOINT_READYZ;
    if (span_equal(path, SPAN("/metrics")))
        return ENDPOINT_METRICS;
    return ENDPOINT_NONE;
}

static bool wants_report(struct span query)
{
    while (query.len)
        if (span_equal(span_cut(&query, '&'), SPAN("report=1")))
            return true;
    return false;
}

struct asked asked_read(struct span target, struct span host, struct span service_id)
{
    struct span path = span_cut(&target, '?'); /* and `target` is the query */
    if (skip_scheme(&path)) {
        /* Absolute form: the target's host counts, Host is ignored (RFC 9112, 3.2.2). */
        struct span rest = path;
        host = span_cut(&rest, '/');
        path = host.len < path.len ? span_skip(path, host.len) : SPAN("/");
    }
    return (struct asked){endpoint_at(path, service_id), wants_report(target), host};
}

static bool is_one_of(struct span type, const struct span *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_equal_nocase(type, names[i]))
            return true;
    return false;
}

enum answer_type asked_type(struct span accept, enum answer_type fallback)
{
    static const struct span text[] = {{"text/plain", 10}, {"text/*", 6}, {"*/*", 3}, {"*", 1}};
    static const struct span json[] = {{"application/json", 16}, {"application/*", 13}};
    enum answer_type found = fallback;
    while (accept.len) {
        struct span range = span_cut(&accept, ',');
        struct span type = span_trim(span_cut(&range, ';'));
        if (is_one_of(type, text, ARRAY_LEN(text)))
            found = ANSWER_TEXT;
        else if (is_one_of(type, json, ARRAY_LEN(json)))
            found = ANSWER_JSON;
    }
    return found;
}

/* What stands behind a ";" are parameters of the preference before it. */
bool asked_prefers_report(struct span prefer)
{
    while (prefer.len) {
        struct span preference = span_cut(&prefer, ',');
        struct span value = span_cut(&preference, ';');
        struct span name = span_trim(span_cut(&value, '='));
        value = span_trim(value);
        if (span_equal_nocase(name, SPAN("return")) &&
            (span_equal(value, SPAN("representation")) ||
             span_equal(value, SPAN("\"representation\""))))
            return true;
    }
    return false;
}

bool asked_by_foreigner(struct span origin, struct span host)
{
    return !skip_scheme(&origin) || !span_equal_nocase(origin, host);
}

bool asked_by_address(struct span host)
{
    if (span_starts(host, SPAN("[")))
        return true;
    struct span name = span_cut(&host, ':');
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] != '.' && (name.at[i] < '0' || name.at[i] > '9'))
            return span_equal_nocase(name, SPAN("localhost"));
    return name.len > 0;
}
