/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a JSON Patch tells to do, read and not yet done.
 *
 *     [{"op":"move","from":"/a","path":"/b/-"}, ...]
 *       '----------- jsonoperation ----------'
 *
 * Thread: any.
 * Spec:   RFC 6902 3, 4.
 */
#ifndef COMMON_JSONOPERATION_H
#define COMMON_JSONOPERATION_H

#include <jansson.h>

#include "common/base.h"
#include "common/span.h"

enum jsonop { JSONOP_ADD, JSONOP_REMOVE, JSONOP_REPLACE, JSONOP_MOVE, JSONOP_COPY, JSONOP_TEST };

/* All borrowed from the JSON. Pointers are sound. */
struct jsonoperation {
    enum jsonop op;
    struct span path;
    struct span from; /* move, copy */
    json_t *value;    /* add, replace, test */
};

/* Reads an operation; members that its op does not need are not looked at, as RFC 6902 wants it.
 * Returns: NULL, or what is wrong, a static sentence. */
MUST_USE const char *jsonoperation_read(struct jsonoperation *operation, const json_t *json);

/* Reads a patch as a list of which every element is an operation; caller drops `*list`.
 * Returns: NULL, or what is wrong, a static sentence; then `*list` is NULL. */
MUST_USE const char *jsonoperations_read(json_t **list, struct span text);

#endif
