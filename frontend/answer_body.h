/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the body of an answer in the bytes behind its head.
 *
 *     Content-Length: 5     hello                       by its length
 *     chunked               5;x=y CRLF hello CRLF 0 CRLF
 *     neither               hello                       to the end of the connection
 *
 * For connections we read ourselves and use for one answer only; elsewhere
 * libcurl does this. Trailers are not waited for.
 *
 * Thread: any; one body per answer.
 * Spec:   RFC 9112 sections 6.3, 7.1.
 */
#ifndef FRONTEND_ANSWER_BODY_H
#define FRONTEND_ANSWER_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/answer.h"
#include "common/base.h"

enum answer_body_result {
    ANSWER_BODY_MORE,
    ANSWER_BODY_WHOLE,
    ANSWER_BODY_BAD, /* body->fault says why */
};

enum answer_body_part {
    AT_SIZE,      /* the digits of a chunk's size */
    AT_EXTENSION, /* what may follow them */
    AT_SIZE_LF,
    AT_DATA, /* `left` bytes of the chunk, or of the body */
    AT_DATA_CR,
    AT_DATA_LF,
    AT_OPEN_DATA, /* all up to the end of the connection */
    AT_BODY_END,
};

struct answer_body {
    const char *fault; /* a sentence (static), or NULL */
    enum answer_body_part part;
    bool is_chunked;
    unsigned size_line; /* bytes of it so far */
    uint64_t left;
};

/* Begins the body of `answer`, whose head answer_head.h has found sound. */
void answer_body_init(struct answer_body *body, const struct answer *answer);

/* Reads from `*rest` up to the end of the next `*piece`, which may be empty. To be called until
 * nothing is left, or the result is another one than ANSWER_BODY_MORE.
 * Borrows: `*piece` points into `*rest`. */
MUST_USE enum answer_body_result answer_body_read(struct answer_body *body, struct span *rest,
                                                  struct span *piece);

/* Whether the body is whole when the connection ends here. */
bool answer_body_may_end(const struct answer_body *body);

#endif
