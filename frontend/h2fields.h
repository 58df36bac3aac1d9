/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many fields a head of HTTP/2 has, counted as its bytes pass.
 *
 * A field may take one byte: a reference to one that was said before. h2o
 * makes an entry of each and knows no limit, so that 64 KB of them cost it
 * seven megabytes for one request. Only the lengths are read here, nothing is
 * decompressed:
 *
 *     HEADERS      [pad length] [priority]  field field fie   [padding]
 *     CONTINUATION                          ld field
 *
 *     field   1xxxxxxx            index
 *             01xxxxxx 0000xxxx   index of the name, or 0 and the name; the value
 *             001xxxxx            no field: the size of the table
 *
 * Thread: any, one at a time.
 * Life:   embedded in struct h2guard.
 * Spec:   RFC 7541, 5 and 6; RFC 9113, 6.2.
 */
#ifndef FRONTEND_H2FIELDS_H
#define FRONTEND_H2FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "frontend/h2walk.h"

enum h2fields_state {
    H2FIELDS_FIRST,  /* the next byte begins a field */
    H2FIELDS_INDEX,  /* an index goes on */
    H2FIELDS_LENGTH, /* the next byte begins a string's length */
    H2FIELDS_MORE,   /* that goes on */
    H2FIELDS_SKIP,   /* the string */
};

struct h2fields {
    uint64_t count;
    enum h2fields_state state;
    unsigned strings; /* of this field that are still to come */
    uint64_t number;  /* read so far: an index or a length */
    unsigned shift;   /* of its next seven bits */
    uint32_t at;      /* bytes of the frame's payload that have passed, */
    uint32_t front;   /* which begins with so many that are no fields, */
    uint32_t end;     /* and whose fields end here */
    bool is_padded;
};

/* A frame HEADERS (a new head) or CONTINUATION begins. */
void h2fields_begin(struct h2fields *fields, const struct h2frame *frame);

/* A piece of its payload. */
void h2fields_read(struct h2fields *fields, struct span piece);

#endif
