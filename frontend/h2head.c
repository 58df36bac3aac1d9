/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2head.h"

#include "common/engine.h"
#include "common/http.h"
#include "common/rawhead.h"

/* What a field takes in a head of HTTP/1 besides its name and value: ": " and CR LF. */
#define FIELD_BYTES 4

/* The others of a connection of HTTP/1 are refused by h2o. */
static bool is_of_connection(struct span name)
{
    return span_equal(name, SPAN("keep-alive")) || span_equal(name, SPAN("proxy-connection"));
}

static enum reason check_fields(const h2o_req_t *request, size_t *bytes, const char **why)
{
    for (size_t i = 0; i < request->headers.size; i++) {
        struct span name = vec_span(*request->headers.entries[i].name);
        struct span value = vec_span(request->headers.entries[i].value);
        *bytes += name.len + value.len + FIELD_BYTES;
        *why = "a field's name is no token, or its value holds control characters";
        if (!header_name_is_sound(name) || !header_value_is_sound(value))
            return REASON_BAD_REQUEST;
        *why = "a field that belongs to a connection of HTTP/1";
        if (is_of_connection(name))
            return REASON_BAD_REQUEST;
    }
    return REASON_NONE;
}

static enum reason check_line(struct span method, struct span path, struct span host,
                              const char **why)
{
    *why = ":method is not a word of capital letters";
    if (!method_is_valid(method))
        return REASON_BAD_REQUEST;
    *why = ":path is no path, or holds spaces or controls";
    if (!target_is_valid(path) || (path.at[0] != '/' && !span_equal(path, SPAN("*"))))
        return REASON_BAD_REQUEST;
    *why = ":authority is not a host with a port";
    return host_is_valid(host) ? REASON_NONE : REASON_BAD_REQUEST;
}

enum reason h2head_check(const h2o_req_t *request, struct span host, const struct limits *limits,
                         const char **why)
{
    struct span method = vec_span(request->input.method);
    struct span path = vec_span(request->input.path);
    size_t bytes = method.len + path.len + host.len;
    enum reason reason = check_line(method, path, host, why);
    if (reason == REASON_NONE)
        reason = check_fields(request, &bytes, why);
    if (reason != REASON_NONE)
        return reason;
    *why = "the request target is longer than request_target_bytes";
    if (path.len > limits->request_target_bytes)
        return REASON_TARGET_TOO_LONG;
    *why = "the request head is larger than request_head_bytes or request_headers allow";
    return request->headers.size > limits->request_headers || bytes > limits->request_head_bytes
               ? REASON_HEAD_TOO_LARGE
               : REASON_NONE;
}
