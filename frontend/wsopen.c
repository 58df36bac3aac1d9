/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsopen.h"

#include <stdlib.h>

#include "common/engine.h"
#include "common/http.h"
#include "common/mem.h"
#include "common/wskey.h"
#include "frontend/forward.h"
#include "frontend/rawreply.h"

bool wsopen_is(const h2o_req_t *request)
{
    return list_names(vec_span(request->upgrade), SPAN("websocket"));
}

static size_t count_headers(const h2o_req_t *request, struct span name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->headers.size; i++)
        count += span_equal_nocase(vec_span(*request->headers.entries[i].name), name);
    return count;
}

enum reason wsopen_check(const h2o_req_t *request, const char **why)
{
    struct span version = request_header(request, SPAN("sec-websocket-version"));
    *why = NULL;
    if (request->version != 0x101)
        *why = "a WebSocket handshake is made in HTTP/1.1";
    else if (!span_equal(vec_span(request->input.method), SPAN("GET")))
        *why = "a WebSocket handshake is a GET";
    else if (request->entity.len)
        *why = "a WebSocket handshake has no body";
    else if (version.at && !span_equal(version, SPAN("13")))
        return REASON_WS_VERSION;
    else if (count_headers(request, SPAN("sec-websocket-version")) != 1)
        *why = "a WebSocket handshake has one Sec-WebSocket-Version, 13";
    else if (count_headers(request, SPAN("sec-websocket-key")) != 1 ||
             !wskey_is_sound(request_header(request, SPAN("sec-websocket-key"))))
        *why = "a WebSocket handshake has one Sec-WebSocket-Key, 16 bytes in base64";
    return *why ? REASON_BAD_REQUEST : REASON_NONE;
}

/* Whether a header of an origin's answer is for the client. */
static bool is_clients(struct span name)
{
    static const struct span ours[] = {
        SPAN_INIT("keep-alive-interval"),
        SPAN_INIT("content-bytes-accepted"),
        SPAN_INIT("sec-websocket-extensions"),
        SPAN_INIT("sec-websocket-accept"),
    };
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (span_equal_nocase(name, ours[i]))
            return false;
    return !span_starts_nocase(name, SPAN("grip-")) && !span_starts_nocase(name, SPAN("set-meta-"));
}

/* Returns: how many headers were written to `out`, which has room for all. */
static size_t choose(struct header *out, const struct answer *answer)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->header_count; i++)
        if (is_clients(answer->headers[i].name))
            out[count++] = answer->headers[i];
    return count;
}

size_t wsopen_head(struct buf *out, const struct answer *answer, struct span key)
{
    struct header *headers = mem_new((answer->header_count + 1) * sizeof(*headers));
    size_t kept = 0, count = choose(headers, answer);
    for (size_t i = 0; i < count; i++) /* a 101 has no content that these could describe */
        if (!span_equal_nocase(headers[i].name, SPAN("content-type")) &&
            !span_equal_nocase(headers[i].name, SPAN("content-encoding")))
            headers[kept++] = headers[i];
    char accept[WSKEY_ACCEPT_LEN + 1];
    wskey_accept(accept, key);
    headers[kept++] = (struct header){SPAN("Sec-WebSocket-Accept"), span_of(accept)};
    size_t bytes =
        rawreply_head(out, 101, (struct span){NULL, 0}, headers, kept, &(struct rawreply){0});
    free(headers);
    return bytes;
}

size_t wsopen_rejection(struct buf *out, const struct answer *answer, bool is_persistent)
{
    struct header *headers = mem_new((answer->header_count + 1) * sizeof(*headers));
    size_t count = choose(headers, answer);
    bool has_body = answer->status != 204 && answer->status != 304;
    const struct rawreply how = {
        .is_persistent = is_persistent, .has_length = has_body, .length = answer->body.len};
    size_t bytes = rawreply_head(out, answer->status, answer->reason, headers, count, &how);
    if (has_body)
        buf_append(out, answer->body);
    free(headers);
    return bytes;
}
