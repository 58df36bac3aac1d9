/* SPDX-License-Identifier: Apache-2.0 */
#include "router/respond.h"

#include "common/http.h"

void respond_header(h2o_req_t *request, const char *name, const char *value)
{
    h2o_add_header_by_str(&request->pool, &request->res.headers, name, strlen(name), 1, NULL, value,
                          strlen(value));
}

void respond_body(h2o_req_t *request, unsigned status, const char *type, struct span body)
{
    request->res.status = (int)status;
    request->res.reason = status_reason(status);
    request->res.content_length = body.len;
    respond_header(request, "content-type", type);
    h2o_send_inline(request, body.at, body.len);
}

void respond_text(h2o_req_t *request, unsigned status, const char *text)
{
    h2o_iovec_t line = h2o_concat(&request->pool, h2o_iovec_init(text, strlen(text)),
                                  h2o_iovec_init(H2O_STRLIT("\n")));
    respond_body(request, status, "text/plain", span(line.base, line.len));
}
