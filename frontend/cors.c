/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/cors.h"

#include "common/engine.h"
#include "frontend/forward.h"

static bool has(const h2o_req_t *request, struct span name)
{
    const h2o_headers_t *headers = &request->res.headers;
    for (size_t i = 0; i < headers->size; i++)
        if (span_equal_nocase(vec_span(*headers->entries[i].name), name))
            return true;
    return false;
}

/* `name` in lower case, as h2o keeps names. */
static void add_missing(h2o_req_t *request, struct span name, struct span value)
{
    if (!value.len || has(request, name))
        return;
    h2o_iovec_t copy = h2o_strdup(&request->pool, value.at, value.len);
    h2o_add_header_by_str(&request->pool, &request->res.headers, name.at, name.len, 1, NULL,
                          copy.base, copy.len);
}

/* Pages may read these without being told so. */
static bool is_simple(struct span name)
{
    static const struct span simple[] = {
        SPAN_INIT("cache-control"), SPAN_INIT("content-language"), SPAN_INIT("content-length"),
        SPAN_INIT("content-type"),  SPAN_INIT("expires"),          SPAN_INIT("last-modified"),
        SPAN_INIT("pragma"),
    };
    for (size_t i = 0; i < ARRAY_LEN(simple); i++)
        if (span_equal_nocase(name, simple[i]))
            return true;
    return span_starts_nocase(name, SPAN("access-control-"));
}

/* Returns: the names of the answer's headers that a page may not read unasked, in the request's
 * pool. */
static struct span names_to_expose(h2o_req_t *request)
{
    h2o_iovec_t names = {NULL, 0};
    const h2o_headers_t *headers = &request->res.headers;
    for (size_t i = 0; i < headers->size; i++) {
        h2o_iovec_t name = *headers->entries[i].name;
        if (is_simple(vec_span(name)))
            continue;
        names = h2o_concat(&request->pool, names,
                           h2o_iovec_init(names.len ? ", " : "", names.len ? 2 : 0), name);
    }
    return vec_span(names);
}

static struct span or_else(struct span value, struct span otherwise)
{
    return value.at ? value : otherwise;
}

void cors_add(h2o_req_t *request, const struct route *route)
{
    struct span origin = request_header(request, SPAN("origin"));
    if (!route->aco)
        return;
    struct span method = request_header(request, SPAN("access-control-request-method"));
    struct span headers = request_header(request, SPAN("access-control-request-headers"));
    add_missing(request, SPAN("access-control-allow-methods"),
                or_else(method, SPAN("OPTIONS, HEAD, GET, POST, PUT, DELETE")));
    add_missing(request, SPAN("access-control-allow-headers"), headers);
    add_missing(request, SPAN("access-control-expose-headers"), names_to_expose(request));
    add_missing(request, SPAN("access-control-allow-credentials"), SPAN("true"));
    add_missing(request, SPAN("access-control-allow-origin"), or_else(origin, SPAN("*")));
    add_missing(request, SPAN("access-control-max-age"), SPAN("3600"));
}
