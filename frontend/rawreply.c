/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/rawreply.h"

#include <h2o.h>

#include "common/clock.h"
#include "common/http.h"
#include "common/traffic.h"

void rawreply_line(struct buf *out, struct span name, struct span value)
{
    buf_append(out, name);
    buf_append(out, SPAN(": "));
    buf_append(out, value);
    buf_append(out, SPAN("\r\n"));
}

static void add_date(struct buf *out)
{
    char text[H2O_TIMESTR_RFC1123_LEN + 1];
    time_t now = (time_t)clock_epoch_s();
    struct tm gmt;
    h2o_time2str_rfc1123(text, gmtime_r(&now, &gmt));
    rawreply_line(out, SPAN("Date"), span(text, H2O_TIMESTR_RFC1123_LEN));
}

static void add_status(struct buf *out, unsigned status, struct span reason)
{
    buf_printf(out, "HTTP/1.1 %u ", status);
    buf_append(out, reason);
    buf_append(out, SPAN("\r\n"));
}

size_t rawreply_head(struct buf *out, unsigned status, struct span reason,
                     const struct header *headers, size_t count, const struct rawreply *how)
{
    if (!reason.len)
        reason = span_of(status_reason(status));
    size_t bytes = traffic_answer_head(reason, NULL, 0);
    add_status(out, status, reason);
    add_date(out);
    for (size_t i = 0; i < count; i++) {
        if (header_is_hop_by_hop(headers[i].name) ||
            span_equal_nocase(headers[i].name, SPAN("date")))
            continue;
        rawreply_line(out, headers[i].name, headers[i].value);
        bytes += headers[i].name.len + headers[i].value.len;
    }
    if (how->has_length)
        buf_printf(out, "Content-Length: %zu\r\n", how->length);
    if (status == 101)
        buf_append(out, SPAN("Upgrade: websocket\r\nConnection: Upgrade\r\n"));
    else if (!how->is_persistent)
        buf_append(out, SPAN("Connection: close\r\n"));
    else if (how->is_http10)
        buf_append(out, SPAN("Connection: keep-alive\r\n"));
    buf_append(out, SPAN("\r\n"));
    return bytes;
}
