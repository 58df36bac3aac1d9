/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the head of an origin's answer, line by line, and believes nothing.
 *
 *     HTTP/1.1 103 Early Hints         interim: checked, then forgotten
 *     Grip-Hold: stream
 *
 *     HTTP/1.1 200 OK                  the answer
 *     Content-Length: 5
 *                                      ANSWER_HEAD_WHOLE
 *     Checksum: 7                      trailer: counted, ignored
 *
 * libcurl finds the lines but takes nearly everything for a header; what two
 * parsers could read in two ways (a folded line, two lengths, a length next
 * to chunks, a bare LF, a control character) is refused here.
 *
 * Thread: any; one head per exchange.
 * Life:   answer_head_init() once, answer_head_clear() before each exchange.
 * Spec:   RFC 9112 sections 2.2, 4, 5, 6.
 */
#ifndef FRONTEND_ANSWER_HEAD_H
#define FRONTEND_ANSWER_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/answer.h"
#include "common/base.h"
#include "common/buf.h"
#include "common/limits.h"

enum answer_head_result {
    ANSWER_HEAD_MORE,  /* fine so far */
    ANSWER_HEAD_WHOLE, /* this line ended the final head */
    ANSWER_HEAD_BAD,   /* never to be trusted again: head->fault says why */
};

enum answer_head_part { AT_STATUS_LINE, AT_HEADERS, AT_TRAILERS };

struct answer_head {
    const struct limits *limits; /* borrowed */
    bool may_switch;             /* 101 was asked for: it is final */
    const char *fault;           /* a sentence (static), or NULL */
    enum answer_head_part part;
    unsigned status;   /* of the head being read */
    unsigned interims; /* 1xx heads so far */
    bool is_http_1_0, has_length, has_coding;
    uint64_t bytes, lines;  /* of the head, or of the trailers, so far */
    struct buf text;        /* the lines of the head, each ended by LF */
    struct header *headers; /* owned; made when the head is whole */
    size_t header_room;
};

/* Borrows: `limits` (answer_head_bytes, answer_headers) until answer_head_done(). */
void answer_head_init(struct answer_head *head, const struct limits *limits);
void answer_head_done(struct answer_head *head);

/* Forgets everything read; keeps the memory unless it is much. */
void answer_head_clear(struct answer_head *head);

/* Reads one line with its end, as it came from the network. */
MUST_USE enum answer_head_result answer_head_line(struct answer_head *head, struct span line);

/* Whether the final head has been read. */
static inline bool answer_head_is_whole(const struct answer_head *head)
{
    return head->part == AT_TRAILERS;
}

/* Fills `answer` from a whole head, without a body.
 * Borrows: the head, until it is cleared. */
void answer_head_answer(struct answer_head *head, struct answer *answer);

#endif
