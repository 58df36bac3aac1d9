/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tagged netstrings: what Pushpin's ZeroMQ sockets speak beside JSON.
 *
 *     19:7:content,6:hello\n,}        a map of one key
 *     <- length: payload, type ->     , bytes   # integer   ^ float   ! true or false
 *                                     ~ null    } map       ] list
 *
 * A value becomes the same tree that a JSON text becomes, so that whoever reads
 * one reads both. The one difference: bytes are bytes. A string of the tree
 * need not be UTF-8, and who reads it has to look where that matters.
 *
 * Thread: any; pure.
 * Spec:   GRIP Appendix A.
 */
#ifndef COMMON_TNETSTRING_H
#define COMMON_TNETSTRING_H

#include <stdint.h>

#include <jansson.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/span.h"

/* Reads the one value that `text` is, nested at most `most_nested` deep.
 * Returns: the value; caller drops it. Or NULL with `*why` set to the rest of the sentence
 *          "it is not a tnetstring: " (static). */
MUST_USE json_t *tnetstring_read(struct span text, uint64_t most_nested, const char **why);

/* Appends `value`; maps in the order in which their keys were set. */
void tnetstring_write(struct buf *out, json_t *value);

#endif
