/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a JSON object, each wanted with a type, and GRIP's words for
 * what is wrong with them.
 *
 *     publish item object contains 'id' with wrong type
 *     <----- name ------>          <-key->
 *
 * JSON null stands for an absent field. The first fault ends the reading: a
 * reader that returns false has said why.
 *
 * Thread: whoever reads; nothing is shared.
 * Spec:   GRIP 6.3, 6.4.
 */
#ifndef PUBLISHER_FIELDS_H
#define PUBLISHER_FIELDS_H

#include <stdbool.h>

#include <jansson.h>

#include "common/arena.h"
#include "common/base.h"
#include "common/jsonvalue.h"
#include "common/limits.h"
#include "common/span.h"

/* What all parts of one body share while it is read. */
struct reading {
    const struct limits *limits;
    struct arena *arena; /* for what outlives the reading and is not in the JSON */
    char *why;           /* the first fault, NULL for none; caller frees */
    bool is_raw;         /* strings are bytes as they are (a tnetstring's), and may be no UTF-8 */
};

struct fields {
    const json_t *object; /* borrowed */
    const char *name;     /* what faults call it */
    struct reading *reading;
};

/* Notes the fault.
 * Returns: false, so that it can end a reader. */
bool reading_refuse(struct reading *reading, const char *format, ...) PRINTF_LIKE(2, 3);

/* As reading_refuse(), for a field that is not of the type it should be. */
bool fields_refuse_type(const struct fields *fields, const char *key);

/* Returns: the value, NULL where absent. */
json_t *fields_get(const struct fields *fields, const char *key);

/* Each of these leaves `*out` as it is where the field is absent.
 * Borrows: spans point into the JSON.
 * Returns: false, with the fault noted, for a value that is not as described. */
MUST_USE bool fields_string(const struct fields *fields, const char *key, struct span *out);
/* A string of UTF-8 without control characters: it will stand on a line of a head. */
MUST_USE bool fields_line(const struct fields *fields, const char *key, struct span *out);
/* A number or a string of digits (GRIP libraries send both), from `least` to `most`. */
MUST_USE bool fields_number(const struct fields *fields, const char *key, unsigned least,
                            unsigned most, unsigned *out);
MUST_USE bool fields_bool(const struct fields *fields, const char *key, bool *out);

/* Checks only: the value is absent or a list of strings, an object of strings. */
MUST_USE bool fields_are_strings(const struct fields *fields, const char *key);
MUST_USE bool fields_are_string_map(const struct fields *fields, const char *key);

#endif
