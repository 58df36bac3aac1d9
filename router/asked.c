/* SPDX-License-Identifier: Apache-2.0 */
#include "router/asked.h"

static struct span without_query(struct span target)
{
    return span_cut(&target, '?');
}

/* Python's pubcontrol joins "http://h:5561/" and "/publish/". */
static struct span without_doubled_slash(struct span path)
{
    return span_starts(path, SPAN("//")) ? span_skip(path, 1) : path;
}

static struct span without_last_slash(struct span path)
{
    if (path.len > 1 && path.at[path.len - 1] == '/')
        path.len--;
    return path;
}

/* Takes "/service/ID" off the front of a path, where it is an ID that may stand there. */
static struct span without_service(struct span path, struct span service_id)
{
    static const struct span start = {"/service/", 9};
    if (!span_starts(path, start))
        return path;
    struct span rest = span_skip(path, start.len);
    struct span id = span_cut(&rest, '/');
    bool is_ours = id.len && (service_id.len == 0 || span_equal(id, service_id));
    return is_ours && rest.len ? span(rest.at - 1, rest.len + 1) : path;
}

enum page asked_page(struct span target, struct span service_id)
{
    static const struct {
        struct span path;
        enum page page;
    } pages[] = {
        {{"/", 1}, PAGE_ROOT},
        {{"/healthz", 8}, PAGE_HEALTH},
        {{"/readyz", 7}, PAGE_READY},
        {{"/metrics", 8}, PAGE_METRICS},
    };
    struct span path = without_query(target);
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if (span_equal(path, pages[i].path))
            return pages[i].page;
    path = without_last_slash(without_service(without_doubled_slash(path), service_id));
    return span_equal(path, SPAN("/publish")) ? PAGE_PUBLISH : PAGE_NONE;
}

enum kind asked_kind(struct span accept, enum kind before)
{
    static const struct {
        struct span type;
        enum kind kind;
    } types[] = {
        {{"text/plain", 10}, KIND_TEXT},
        {{"text/*", 6}, KIND_TEXT},
        {{"*/*", 3}, KIND_TEXT},
        {{"*", 1}, KIND_TEXT},
        {{"application/json", 16}, KIND_JSON},
        {{"application/*", 13}, KIND_JSON},
    };
    enum kind kind = before;
    while (accept.len) {
        struct span element = span_cut(&accept, ',');
        struct span type = span_trim(span_cut(&element, ';'));
        for (size_t i = 0; i < ARRAY_LEN(types); i++)
            if (span_equal_nocase(type, types[i].type))
                kind = types[i].kind;
    }
    return kind;
}

static struct span without_port(struct span authority, struct span port)
{
    if (authority.len > port.len && authority.at[authority.len - port.len - 1] == ':' &&
        span_equal(span_skip(authority, authority.len - port.len), port))
        authority.len -= port.len + 1;
    return authority;
}

bool asked_by_stranger(struct span origin, struct span host)
{
    static const struct {
        struct span scheme, port;
    } known[] = {{{"http://", 7}, {"80", 2}}, {{"https://", 8}, {"443", 3}}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!span_starts_nocase(origin, known[i].scheme))
            continue;
        struct span authority = span_skip(origin, known[i].scheme.len);
        return !span_equal_nocase(without_port(authority, known[i].port),
                                  without_port(host, known[i].port));
    }
    return true; /* "null" and schemes of other programs */
}
