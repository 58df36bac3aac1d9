/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a publisher gets past ingest can be sent, and written again: what says
 * the same is taken, and means the same.
 */
#include <stdint.h>

#include "common/jsonvalue.h"
#include "tests/support/rewrite.h"
#include "tests/support/sendable.h"

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
    for (size_t i = 0; batch && i < batch->count; i++)
        check_rewritten(&batch->items[i], limits);
    check_batch(batch, why);
    return 0;
}
