/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a publisher gets past ingest can be sent: nothing in it ends a line of
 * a head early, and a frame holds and gives back all of it. And it can be
 * written again: what says the same is taken, and means the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/jsonvalue.h"
#include "common/wire.h"
#include "publisher/ingest.h"
#include "tests/support/items.h"
#include "tests/support/rewrite.h"

#define HEADER_ROOM 64

static void check_line(struct span line)
{
    for (size_t i = 0; i < line.len; i++)
        CHECK(line.at[i] != '\r' && line.at[i] != '\n' && line.at[i] != '\0');
}

static void check_item(const struct item *item, struct buf *frame)
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

static void check_rewritten(const struct item *item, struct limits limits)
{
    char *why = NULL;
    char *text = rewrite_item(item);
    limits.publish_depth = JSONVALUE_NESTING_MOST; /* old items have their formats a level higher */
    struct batch *batch = ingest_read(span_of(text), &limits, &why);
    CHECK(batch && batch->count == 1);
    CHECK(items_are_equal(item, &batch->items[0]));
    batch_free(batch);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct limits limits;
    limits_init(&limits);
    char *why = NULL;
    struct batch *batch = ingest_read(span((const char *)data, size), &limits, &why);
    CHECK(!batch == !!why);
    struct buf frame = {0};
    for (size_t i = 0; batch && i < batch->count; i++) {
        check_item(&batch->items[i], &frame);
        check_rewritten(&batch->items[i], limits);
    }
    buf_done(&frame);
    batch_free(batch);
    free(why);
    return 0;
}
