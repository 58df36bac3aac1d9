/* SPDX-License-Identifier: Apache-2.0 */
#include "common/firstbytes.h"

#include <string.h>

/* A record of type handshake; no version of TLS has another major number. */
static const struct span hello = {"\x16\x03", 2};

static const struct span preface = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24};

enum firstbytes firstbytes_tell(struct span got)
{
    if (span_starts(got, hello))
        return FIRSTBYTES_TLS;
    if (span_starts(got, preface))
        return FIRSTBYTES_HTTP2;
    if (span_starts(hello, got) || span_starts(preface, got))
        return FIRSTBYTES_FEW;
    return FIRSTBYTES_OTHER;
}

struct span firstbytes_use_tls(void)
{
    return SPAN("HTTP/1.1 400 Bad Request\r\n"
                "Content-Type: text/plain\r\n"
                "Content-Length: 52\r\n"
                "Connection: close\r\n"
                "\r\n"
                "TLS is spoken on this port: use https:// or wss://.\n");
}

struct span firstbytes_use_http1(void)
{
    return SPAN("HTTP/1.1 505 HTTP Version Not Supported\r\n"
                "Content-Type: text/plain\r\n"
                "Content-Length: 41\r\n"
                "Connection: close\r\n"
                "\r\n"
                "HTTP/2 is not spoken here: use HTTP/1.1.\n");
}

struct span firstbytes_alert(char out[FIRSTBYTES_ALERT_BYTES], unsigned char description)
{
    static const char record[] = "\x15\x03\x03\x00\x02\x02"; /* alert, TLS 1.2, 2 bytes: fatal */
    memcpy(out, record, sizeof(record) - 1);
    out[FIRSTBYTES_ALERT_BYTES - 1] = (char)description;
    return span(out, FIRSTBYTES_ALERT_BYTES);
}
