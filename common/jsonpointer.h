/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 6901: a text that leads to a place in a JSON document.
 *
 *     box {"": {"a": [7, 8]}}          ""      holder box,    key ""
 *           '---- document --'         "/a"    holder {...},  key "a"
 *                                      "/a/1"  holder [7, 8], index 1
 *                                      "/a/-"  holder [7, 8], index 2: where nothing is yet
 *
 * The document lies in a box, an object whose only key is "". So "/a/1" is the
 * path "", "a", "1" from the box, and the whole document has a place like
 * everything in it.
 *
 * Thread: any.
 * Spec:   RFC 6901; RFC 6902 4.1 for "-".
 */
#ifndef COMMON_JSONPOINTER_H
#define COMMON_JSONPOINTER_H

#include <stdbool.h>

#include <jansson.h>

#include "common/arena.h"
#include "common/base.h"
#include "common/span.h"

struct jsonplace {
    json_t *holder;  /* borrowed: the object or array */
    struct span key; /* in an object; a NUL stands behind it */
    size_t index;    /* in an array, at most its size */
    json_t *value;   /* borrowed: what is there, NULL for nothing */
    size_t nesting;  /* how many arrays and objects of the document are around it */
};

/* Whether `pointer` is one: empty or begun by '/', with no '~' but in ~0 and ~1. One with a NUL is
 * none: jansson has no such keys. */
bool jsonpointer_is_sound(struct span pointer);

/* Follows a sound pointer; the last step may lead to where nothing is.
 * Borrows: place->key lies in `arena`.
 * Returns: false where there is no such place. */
MUST_USE bool jsonpointer_find(struct jsonplace *place, json_t *box, struct span pointer,
                               struct arena *arena);

#endif
