/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a publish request becomes items: all of them, or none.
 *
 *     {"items":[{"channel":"test","formats":{"http-stream":{"content":"hi\n"}}}]}
 *
 * A batch is validated whole before anything is published, so a refused one
 * uses up no id and nobody hears half of it.
 *
 * Thread: the router's; nothing is shared.
 * Life:   batch_free() frees the items and every span in them.
 * Spec:   guide "Publishing", "Limits"; GRIP 6.1, 6.3, 6.4.
 */
#ifndef PUBLISHER_INGEST_H
#define PUBLISHER_INGEST_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/base.h"
#include "common/item.h"
#include "common/limits.h"

struct json_t;

struct batch {
    struct item *items;
    size_t count;
    struct arena arena;  /* items, and what had to be decoded */
    struct json_t *json; /* owned: the strings that stand in it as they are */
};

/* Reads `body` into a fresh batch of at least one item.
 * Returns: the batch, or NULL with `*why` set to the text of the 400 ("Invalid format: ...",
 *          without newline); caller frees it. */
MUST_USE struct batch *ingest_read(struct span body, const struct limits *limits, char **why);

/* The first half of ingest_read(): from bytes to an object of JSON.
 * Returns: the object; caller drops it; or NULL with `*why` set as above. */
MUST_USE struct json_t *ingest_parse(struct span body, const struct limits *limits, char **why);

/* The second half: from an object that holds "items", whatever it was written in, to a batch.
 * `is_raw` where its strings are bytes as they are, and no base64 is needed to say them.
 * Takes: `*json`.
 * Returns: as ingest_read(). */
MUST_USE struct batch *ingest_items(struct json_t **json, bool is_raw, const struct limits *limits,
                                    char **why);

void batch_free(struct batch *batch);

#endif
