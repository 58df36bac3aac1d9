/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/reply.h"

#include "common/http.h"
#include "frontend/accept.h"
#include "frontend/rawreply.h"

#define RETRY_AFTER SPAN("1")

/* Clients learn why only where it is their own doing; what is wrong behind us is for the log,
 * and for routes with debug. */
static const char *public_text(enum reason reason)
{
    switch (reason) {
    case REASON_ORIGIN_UNREACHABLE:
    case REASON_ORIGIN_TIMEOUT:
    case REASON_ORIGIN_NONSENSE:
    case REASON_ORIGIN_CUT:
    case REASON_BAD_INSTRUCT:
    case REASON_INSTRUCT_TOO_LARGE:
        return "Error while proxying to origin.";
    default:
        return reason_text(reason);
    }
}

void reply_head(h2o_req_t *request, unsigned status, struct span reason,
                const struct header *headers, size_t count)
{
    h2o_res_t *answer = &request->res;
    if (request->version >= 0x200)
        doors_talk(request);
    answer->status = (int)status;
    /* The phrase must be text with an end, and is sent as it stands. */
    answer->reason =
        reason.len ? h2o_strdup(&request->pool, reason.at, reason.len).base : status_reason(status);
    for (size_t i = 0; i < count; i++) {
        if (span_equal_nocase(headers[i].name, SPAN("date")))
            continue; /* h2o writes one of its own */
        h2o_iovec_t name = h2o_strdup(&request->pool, headers[i].name.at, headers[i].name.len);
        h2o_iovec_t lower = h2o_strdup(&request->pool, name.base, name.len);
        h2o_strtolower(lower.base, lower.len);
        h2o_iovec_t value = h2o_strdup(&request->pool, headers[i].value.at, headers[i].value.len);
        h2o_add_header_by_str(&request->pool, &answer->headers, lower.base, lower.len, 1, name.base,
                              value.base, value.len);
    }
}

bool reply_has_body(const h2o_req_t *request, unsigned status)
{
    return status != 204 && status != 304 && status >= 200 &&
           !h2o_memis(request->input.method.base, request->input.method.len, H2O_STRLIT("HEAD"));
}

size_t reply_head_count(const h2o_req_t *request)
{
    const h2o_headers_t *headers = &request->res.headers;
    size_t bytes = traffic_answer_head(span_of(request->res.reason), NULL, 0);
    for (size_t i = 0; i < headers->size; i++)
        if (headers->entries[i].name != &H2O_TOKEN_TRANSFER_ENCODING->buf)
            bytes += headers->entries[i].name->len + headers->entries[i].value.len;
    return bytes;
}

/* Gives the answer to h2o. */
static void give(h2o_req_t *request, struct span body, struct traffic *traffic)
{
    traffic_add(traffic, TRAFFIC_client_header_bytes_sent, reply_head_count(request));
    traffic_add(traffic, TRAFFIC_client_content_bytes_sent, body.len);
    if (request->version >= 0x200) {
        doors_talk(request); /* its head may have been set long ago */
        doors_answer(request, NULL);
    }
    h2o_send_inline(request, body.at, body.len);
}

void reply_nothing(h2o_req_t *request, struct traffic *traffic)
{
    give(request, SPAN(""), traffic);
}

void reply_body(h2o_req_t *request, struct span body, struct traffic *traffic)
{
    unsigned status = (unsigned)request->res.status;
    if (status != 204 && status != 304)
        request->res.content_length = body.len;
    give(request, reply_has_body(request, status) ? body : SPAN(""), traffic);
}

struct refusal {
    unsigned status;
    struct header headers[2];
    size_t header_count;
    struct span text; /* without the end of its line */
};

static struct refusal refusal_of(enum reason reason, struct span detail)
{
    struct refusal refusal = {
        .status = reason_status(reason),
        .headers = {{SPAN("Content-Type"), SPAN("text/plain")}},
        .header_count = 1,
        .text = detail.at ? detail : span_of(public_text(reason)),
    };
    if (refusal.status == 503)
        refusal.headers[refusal.header_count++] = (struct header){SPAN("Retry-After"), RETRY_AFTER};
    if (refusal.status == 426)
        refusal.headers[refusal.header_count++] =
            (struct header){SPAN("Sec-WebSocket-Version"), SPAN("13")};
    return refusal;
}

void reply_refuse(h2o_req_t *request, enum reason reason, struct span detail,
                  struct traffic *traffic)
{
    struct refusal refusal = refusal_of(reason, detail);
    reply_head(request, refusal.status, (struct span){NULL, 0}, refusal.headers,
               refusal.header_count);
    h2o_iovec_t body = h2o_concat(&request->pool, h2o_iovec_init(refusal.text.at, refusal.text.len),
                                  h2o_iovec_init(H2O_STRLIT("\n")));
    reply_body(request, span(body.base, body.len), traffic);
}

void reply_raw_refusal(struct buf *out, enum reason reason, struct span detail, bool is_persistent,
                       struct traffic *traffic)
{
    struct refusal refusal = refusal_of(reason, detail);
    const struct rawreply how = {
        .is_persistent = is_persistent, .has_length = true, .length = refusal.text.len + 1};
    size_t head = rawreply_head(out, refusal.status, (struct span){NULL, 0}, refusal.headers,
                                refusal.header_count, &how);
    traffic_add(traffic, TRAFFIC_client_header_bytes_sent, head);
    traffic_add(traffic, TRAFFIC_client_content_bytes_sent, how.length);
    buf_append(out, refusal.text);
    buf_append(out, SPAN("\n"));
}

void reply_chunked(h2o_req_t *request)
{
    h2o_add_header(&request->pool, &request->res.headers, H2O_TOKEN_TRANSFER_ENCODING,
                   "Transfer-Encoding", H2O_STRLIT("chunked"));
}
