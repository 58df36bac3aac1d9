/* SPDX-License-Identifier: Apache-2.0 */
#include "common/question.h"

#include "common/check.h"

struct words {
    char kind;
    char unused[7];
    uint64_t serial;
    uint64_t frontend;
    uint64_t unused_too[2];
};

_Static_assert(sizeof(struct words) == QUESTION_BYTES, "the room is what the words take");

static size_t write_words(char out[QUESTION_BYTES], const struct words *words)
{
    memcpy(out, words, sizeof(*words));
    return sizeof(*words);
}

static struct words read_words(struct span bytes)
{
    struct words words = {0};
    if (bytes.len == sizeof(words))
        memcpy(&words, bytes.at, sizeof(words));
    return words;
}

size_t question_ask(char out[QUESTION_BYTES], uint64_t serial)
{
    return write_words(out, &(struct words){.kind = 'Q', .serial = serial});
}

size_t question_recover(char out[QUESTION_BYTES])
{
    return write_words(out, &(struct words){.kind = 'R'});
}

size_t question_refresh(char out[QUESTION_BYTES], uint64_t number)
{
    return write_words(out, &(struct words){.kind = 'F', .serial = number});
}

enum question_kind question_kind(struct span frame)
{
    switch (read_words(frame).kind) {
    case 'Q':
        return QUESTION_TURNING;
    case 'R':
        return QUESTION_RECOVER;
    case 'F':
        return QUESTION_REFRESH;
    default:
        return QUESTION_NONE; /* a publication of that very length begins with WIRE_VERSION */
    }
}

uint64_t question_connection(struct span told)
{
    CHECK(question_kind(told) == QUESTION_REFRESH);
    return read_words(told).serial;
}

size_t question_answer(char out[QUESTION_BYTES], struct span asked, unsigned frontend)
{
    CHECK(question_kind(asked) == QUESTION_TURNING);
    struct words words = read_words(asked);
    words.kind = 'A';
    words.frontend = frontend;
    return write_words(out, &words);
}

bool question_read_answer(struct span bytes, struct question_answer *answer)
{
    struct words words = read_words(bytes);
    *answer =
        (struct question_answer){.serial = words.serial, .frontend = (unsigned)words.frontend};
    return words.kind == 'A';
}
