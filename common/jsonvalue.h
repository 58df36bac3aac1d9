/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What jansson leaves to us: to say what is wrong with a text, to weigh a value,
 * to compare two as RFC 6902 does, to write one with keys in order and numbers no
 * longer than they were.
 *
 *     {"b":0.1,"a":[1.0]}  ─►  {"a":[1.0],"b":0.1}      jansson: 0.10000000000000001
 *
 * All walk by recursion. That is bounded: jansson's parser refuses what is
 * nested more than 2048 deep, and whoever builds a value of parsed ones keeps
 * to JSONVALUE_NESTING_MOST. Keys hold no NUL, as jansson's parser sees to it.
 *
 * Thread: any; a value is used by one at a time.
 */
#ifndef COMMON_JSONVALUE_H
#define COMMON_JSONVALUE_H

#include <stdbool.h>

#include <jansson.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/span.h"

enum {
    JSONVALUE_NESTING_MOST = 512,
    JSONVALUE_MEMBER_BYTES = 4, /* "": and a comma */
    JSONVALUE_ELEMENT_BYTES = 1,
};

struct jsonvalue_size {
    size_t bytes;   /* its compact text has as many, or more: escapes and digits are not counted */
    size_t nesting; /* arrays and objects within each other; 0: neither */
};

/* Borrows: until the string changes. */
static inline struct span json_span(const json_t *string)
{
    return span(json_string_value(string), json_string_length(string));
}

/* What may be wrong with a text before its meaning is asked, in the reader's words. */
struct jsonvalue_faults {
    const char *not_json, *same_key_twice, *number_too_large;
};

/* Reads any value, strictly; caller drops `*value`.
 * Returns: NULL, or one of `faults`; then `*value` is NULL. */
MUST_USE const char *jsonvalue_read(json_t **value, struct span text,
                                    const struct jsonvalue_faults *faults);

/* A value within another adds its own bytes and those of its place: JSONVALUE_ELEMENT_BYTES, or
 * JSONVALUE_MEMBER_BYTES and its key. */
struct jsonvalue_size jsonvalue_measure(json_t *value);

/* Whether two values are the same one: numbers by what they are worth (1 is 1.0), objects
 * regardless of order. */
bool jsonvalue_equal(json_t *a, json_t *b);

/* Appends the compact text of `value`, keys in the order of their bytes. */
void jsonvalue_write(struct buf *out, json_t *value);

#endif
