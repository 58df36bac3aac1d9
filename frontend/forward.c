/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/forward.h"

#include "common/cidr.h"
#include "common/clock.h"
#include "common/engine.h"
#include "common/http.h"
#include "common/peer.h"
#include "frontend/parts.h"
#include "frontend/previds.h"
#include "frontend/signer.h"

struct list_out {
    struct header *at;
    size_t count;
};

static void add(struct list_out *out, struct span name, struct span value)
{
    out->at[out->count++] = (struct header){name, value};
}

static void drop(struct list_out *out, struct span name)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (!span_equal_nocase(out->at[i].name, name))
            out->at[kept++] = out->at[i];
    out->count = kept;
}

static struct span pool_copy(h2o_req_t *request, struct span bytes)
{
    return vec_span(h2o_strdup(&request->pool, bytes.at, bytes.len));
}

struct span forward_features(void)
{
    return SPAN("status");
}

/* Where HTTP/2 has no :authority h2o puts a name of its own, and shows no Host. */
static struct span authority_of(const h2o_req_t *request)
{
    bool is_missing = request->version >= 0x200 &&
                      request->input.authority.base == request->hostconf->authority.hostport.base;
    return is_missing ? SPAN("") : vec_span(request->input.authority);
}

struct destination destination_of(const h2o_req_t *request)
{
    struct destination to = {authority_of(request), vec_span(request->input.path)};
    struct span rest = to.path;
    if (span_starts_nocase(rest, SPAN("http://")))
        rest = span_skip(rest, 7);
    else if (span_starts_nocase(rest, SPAN("https://")))
        rest = span_skip(rest, 8);
    else
        return to;
    /* Absolute form: the target's host counts, Host is ignored (RFC 9112, 3.2.2). */
    const char *slash = memchr(rest.at, '/', rest.len);
    size_t host_len = slash ? (size_t)(slash - rest.at) : rest.len;
    to.host = span(rest.at, host_len);
    to.path = slash ? span_skip(rest, host_len) : SPAN("/");
    return to;
}

struct span forward_path(h2o_req_t *request, const struct route *route, struct span path)
{
    struct span start = {"", 0};
    if (route->replace_beg) {
        path = span_skip(path, strlen(route->path_beg));
        start = span_of(route->replace_beg);
        if (start.len && start.at[start.len - 1] == '/' && path.len && path.at[0] == '/')
            start.len--;
    }
    size_t removed = route->path_rem < path.len ? route->path_rem : path.len;
    path = span_skip(path, removed);
    if (!start.len && path.len && (path.at[0] == '/' || span_equal(path, SPAN("*"))))
        return path;
    if (!start.len)
        start = SPAN("/");
    return vec_span(h2o_concat(&request->pool, h2o_iovec_init(start.at, start.len),
                               h2o_iovec_init(path.at, path.len)));
}

struct span request_header(const h2o_req_t *request, struct span name)
{
    for (size_t i = 0; i < request->headers.size; i++) {
        const h2o_header_t *header = &request->headers.entries[i];
        if (span_equal_nocase(vec_span(*header->name), name))
            return vec_span(header->value);
    }
    return (struct span){NULL, 0};
}

/* Whether a client's header may reach an origin; the others are ours, or for this hop. */
static bool passes(const struct route *route, struct span name)
{
    static const struct span never[] = {
        {"host", 4},
        {"expect", 6},
        {"connection-id", 13},
        {"x-forwarded-for", 15},
        {"http2-settings", 14},
        {"x-forwarded-proto", 17},
        {"x-forwarded-protocol", 20},
    };
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (span_equal_nocase(name, never[i]))
            return false;
    /* A compressed first body could not be continued. */
    if (!route->no_grip && span_equal_nocase(name, SPAN("accept-encoding")))
        return false;
    return !header_is_hop_by_hop(name) && !span_starts_nocase(name, SPAN("grip-")) &&
           !span_starts_nocase(name, SPAN("meta-"));
}

static void add_clients(struct list_out *out, const h2o_req_t *request, const struct route *route)
{
    struct span connection = request_header(request, SPAN("connection"));
    for (size_t i = 0; i < request->headers.size; i++) {
        const h2o_header_t *header = &request->headers.entries[i];
        struct span name = vec_span(*header->name);
        if (!passes(route, name) || list_names(connection, name))
            continue;
        if (request->version >= 0x200 && span_equal(name, SPAN("cookie")))
            continue; /* add_cookie() */
        if (header->orig_name)
            name.at = header->orig_name;
        add(out, name, vec_span(header->value));
    }
}

/* HTTP/2 clients send each cookie on its own; HTTP/1 knows one line (RFC 9113, 8.2.3). */
static void add_cookie(struct list_out *out, h2o_req_t *request)
{
    h2o_iovec_t all = {NULL, 0};
    for (size_t i = 0; request->version >= 0x200 && i < request->headers.size; i++) {
        const h2o_header_t *header = &request->headers.entries[i];
        if (!span_equal(vec_span(*header->name), SPAN("cookie")))
            continue;
        h2o_iovec_t between = h2o_iovec_init("; ", all.len ? 2 : 0);
        all = all.base ? h2o_concat(&request->pool, all, between, header->value) : header->value;
    }
    if (all.base)
        add(out, SPAN("Cookie"), vec_span(all));
}

static void add_forwarded_for(struct list_out *out, struct parts *parts, h2o_req_t *request)
{
    struct sockaddr_storage peer;
    socklen_t len = request->conn->callbacks->get_peername(request->conn, (struct sockaddr *)&peer);
    char text[PEER_TEXT];
    peer_host(text, (struct sockaddr *)&peer, len);
    const struct config *config = parts->config;
    struct span before = request_header(request, SPAN("x-forwarded-for"));
    bool is_believed = before.at && len &&
                       cidr_contains(config->trusted_addresses, config->trusted_address_count,
                                     (struct sockaddr *)&peer);
    struct span value = span_of(text);
    if (is_believed)
        value = vec_span(h2o_concat(&request->pool, h2o_iovec_init(before.at, before.len),
                                    h2o_iovec_init(H2O_STRLIT(", ")),
                                    h2o_iovec_init(text, strlen(text))));
    if (value.len)
        add(out, SPAN("X-Forwarded-For"), is_believed ? value : pool_copy(request, value));
}

static void add_route_headers(struct list_out *out, const struct route *route)
{
    for (size_t i = 0; i < route->header_count; i++) {
        drop(out, route->headers[i].name);
        if (route->headers[i].value.len)
            add(out, route->headers[i].name, route->headers[i].value);
    }
}

struct header *forward_headers(struct parts *parts, h2o_req_t *request, const struct route *route,
                               struct span host, size_t *count)
{
    size_t most = request->headers.size + route->header_count + 8;
    struct list_out out = {h2o_mem_alloc_pool(&request->pool, most * sizeof(struct header)), 0};
    add(&out, SPAN("Host"), route->as_host ? span_of(route->as_host) : host);
    add_clients(&out, request, route);
    add_cookie(&out, request);
    add_forwarded_for(&out, parts, request);
    if (request->input.scheme == &H2O_URL_SCHEME_HTTPS)
        add(&out, SPAN("X-Forwarded-Proto"), SPAN("https"));
    add_route_headers(&out, route);
    if (!route->no_grip) {
        struct span token = signer_token(parts->signer, route, clock_epoch_s());
        add(&out, SPAN("Grip-Sig"), pool_copy(request, token));
        add(&out, SPAN("Grip-Feature"), forward_features());
    }
    *count = out.count;
    return out.at;
}

struct header *forward_lasts(h2o_req_t *request, const struct header *headers, size_t *count,
                             const struct previds *previds)
{
    struct list_out out = {
        h2o_mem_alloc_pool(&request->pool, (*count + previds->count) * sizeof(struct header)), 0};
    for (size_t i = 0; i < *count; i++)
        add(&out, headers[i].name, headers[i].value);
    for (size_t i = 0; i < previds->count; i++)
        add(&out, SPAN("Grip-Last"), previds->at[i].last);
    *count = out.count;
    return out.at;
}
