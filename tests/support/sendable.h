/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For targets that read publications: what came through can be sent. Nothing in
 * it ends a line of a head early, and a frame holds and gives back all of it.
 */
#ifndef TESTS_SUPPORT_SENDABLE_H
#define TESTS_SUPPORT_SENDABLE_H

#include <stdlib.h>

#include "common/check.h"
#include "common/wire.h"
#include "publisher/ingest.h"
#include "tests/support/items.h"

#define HEADER_ROOM 64

static inline void check_line(struct span line)
{
    for (size_t i = 0; i < line.len; i++)
        CHECK(line.at[i] != '\r' && line.at[i] != '\n' && line.at[i] != '\0');
}

static inline void check_item(const struct item *item, struct buf *frame)
{
    check_line(item->channel);
    check_line(item->id);
    check_line(item->prev_id);
    for (int kind = 0; kind < FORMAT_COUNT; kind++)
        check_line(item->formats[kind].reason);
    const struct format *response = &item->formats[FORMAT_RESPONSE];
    for (size_t i = 0; i < response->header_count; i++) {
        check_line(response->headers[i].name);
        check_line(response->headers[i].value);
    }

    struct header headers[HEADER_ROOM];
    struct item opened;
    uint64_t hash;
    buf_clear(frame);
    wire_seal(frame, item);
    CHECK(wire_open(&opened, &hash, buf_span(frame), headers, HEADER_ROOM));
    CHECK(items_are_equal(item, &opened));
}

/* Takes: the batch, which may be NULL, and the sentence in its place. */
static inline void check_batch(struct batch *batch, char *why)
{
    struct buf frame = {0};
    CHECK(!batch == !!why);
    for (size_t i = 0; batch && i < batch->count; i++)
        check_item(&batch->items[i], &frame);
    buf_done(&frame);
    batch_free(batch);
    free(why);
}

#endif
