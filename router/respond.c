/* SPDX-License-Identifier: Apache-2.0 */
#include "router/respond.h"

#include <stdarg.h>
#include <stdlib.h>

#include "common/http.h"
#include "common/mem.h"

void respond_header(h2o_req_t *request, const h2o_token_t *token, const char *name,
                    struct span value)
{
    h2o_add_header(&request->pool, &request->res.headers, token, name, value.at, value.len);
}

void respond(h2o_req_t *request, unsigned status, const char *type, struct span body)
{
    request->res.status = (int)status;
    request->res.reason = status_reason(status);
    request->res.content_length = body.len;
    respond_header(request, H2O_TOKEN_CONTENT_TYPE, "Content-Type", span_of(type));
    h2o_send_inline(request, body.at, body.len);
}

void respond_text(h2o_req_t *request, unsigned status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    respond(request, status, TYPE_TEXT, span_of(text));
    free(text);
}

void respond_not_allowed(h2o_req_t *request, const char *allowed)
{
    struct span method = vec_span(request->input.method);
    respond_header(request, H2O_TOKEN_ALLOW, "Allow", span_of(allowed));
    respond_text(request, 405, "Method not allowed: %.*s.\n", (int)method.len, method.at);
}
