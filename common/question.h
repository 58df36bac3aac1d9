/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the router asks every frontend or tells it to do, and what they answer.
 *
 * A question travels down the bus as a frame between the publications, so an
 * answer tells also that everything published before was drained. Answers
 * come up the way back. What is told is not answered.
 *
 *     are you turning?                        'Q' serial     ─► answer 'A' serial frontend
 *     put all held long-polls to their        'R'
 *     origins again, forget all last ids
 *     let the WebSocket of that number ask    'F' number
 *     its origin
 *
 * (How an item was heard is a word of its own: hearing.h.)
 *
 * Thread: any; pure.
 * Spec:   docs/architecture.md "The bus".
 */
#ifndef COMMON_QUESTION_H
#define COMMON_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

/* Room that any question or answer fits into. At least 33, so that questions are shared. */
#define QUESTION_BYTES 40

/* Writes question number `serial` to `out`. Returns: its length. */
size_t question_ask(char out[QUESTION_BYTES], uint64_t serial);

/* Writes the word to recover to `out`. Returns: its length. */
size_t question_recover(char out[QUESTION_BYTES]);

/* Writes the word to refresh a connection (attendance.h) to `out`. Returns: its length. */
size_t question_refresh(char out[QUESTION_BYTES], uint64_t number);

enum question_kind { QUESTION_NONE, QUESTION_TURNING, QUESTION_RECOVER, QUESTION_REFRESH };

/* What a frame of the bus asks or tells; QUESTION_NONE: it is a publication. */
enum question_kind question_kind(struct span frame);

static inline bool question_is(struct span frame)
{
    return question_kind(frame) != QUESTION_NONE;
}

/* Returns: the number of the connection that is to be refreshed. */
uint64_t question_connection(struct span told);

/* Writes the answer of `frontend` to the question `asked`. Returns: its length. */
size_t question_answer(char out[QUESTION_BYTES], struct span asked, unsigned frontend);

struct question_answer {
    uint64_t serial; /* of the question */
    unsigned frontend;
};

/* Reads an answer. Returns: false where `bytes` are none. */
MUST_USE bool question_read_answer(struct span bytes, struct question_answer *answer);

#endif
