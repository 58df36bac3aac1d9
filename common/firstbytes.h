/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the first bytes of a connection begin, and what to say to those who
 * knocked at the wrong door.
 *
 *     16 03 ..              TLS
 *     "PRI * HTTP/2.0..."   HTTP/2 with prior knowledge
 *     anything else         HTTP/1
 *
 * Thread: any.
 * Spec:   RFC 8446 5.1; RFC 9113 3.4.
 */
#ifndef COMMON_FIRSTBYTES_H
#define COMMON_FIRSTBYTES_H

#include <stdbool.h>

#include "common/base.h"
#include "common/span.h"

enum firstbytes {
    FIRSTBYTES_FEW, /* more must come before it can be told */
    FIRSTBYTES_TLS,
    FIRSTBYTES_HTTP2,
    FIRSTBYTES_OTHER,
};

enum firstbytes firstbytes_tell(struct span got);

/* For a client that speaks plain text where TLS is spoken: an answer that HTTP/1 understands. */
struct span firstbytes_use_tls(void);

/* For a client that begins HTTP/2 where it is switched off. */
struct span firstbytes_use_http1(void);

/* Writes a fatal TLS alert in plain text, as it is before keys are agreed upon.
 * Returns: it, in `out`. */
#define FIRSTBYTES_ALERT_BYTES 7
struct span firstbytes_alert(char out[FIRSTBYTES_ALERT_BYTES], unsigned char description);

#endif
