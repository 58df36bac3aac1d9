/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publications for tests: JSON in, an item or the text of the refusal out.
 *
 * Everything is kept in one place and freed by the next call, so a test reads
 * as pairs of what was sent and what came of it.
 */
#ifndef TESTS_SUPPORT_PUBLICATION_H
#define TESTS_SUPPORT_PUBLICATION_H

#include <stdio.h>
#include <stdlib.h>

#include "publisher/ingest.h"
#include "tests/unit/cmocka.h"

static struct batch *last_batch;
static char *last_why;
static struct limits publication_limits;

static inline void publication_forget(void)
{
    batch_free(last_batch);
    last_batch = NULL;
    free(last_why);
    last_why = NULL;
}

static inline int publication_setup(void **state)
{
    (void)state;
    limits_init(&publication_limits);
    return 0;
}

static inline int publication_teardown(void **state)
{
    (void)state;
    publication_forget();
    return 0;
}

/* Returns: what came of `body`: "" where it was taken, else the refusal. */
static inline const char *publish_bytes(struct span body)
{
    publication_forget();
    last_batch = ingest_read(body, &publication_limits, &last_why);
    assert_true(!last_batch == !!last_why);
    return last_why ? last_why : "";
}

static inline const char *publish(const char *body)
{
    return publish_bytes(span_of(body));
}

/* Publishes one item, told without its braces. */
static inline const char *publish_item(const char *members)
{
    static char body[4096];
    assert_in_range(snprintf(body, sizeof(body), "{\"items\":[{%s}]}", members), 0,
                    sizeof(body) - 1);
    return publish(body);
}

/* Publishes one item on channel "c" with one format, told without its braces. */
static inline const char *publish_format(const char *name, const char *members)
{
    static char item[3072];
    assert_in_range(
        snprintf(item, sizeof(item), "\"channel\":\"c\",\"formats\":{\"%s\":{%s}}", name, members),
        0, sizeof(item) - 1);
    return publish_item(item);
}

/* The first item of what was taken last. */
static inline const struct item *taken(void)
{
    assert_non_null(last_batch);
    return &last_batch->items[0];
}

static inline const struct format *taken_format(enum format_kind kind)
{
    assert_true(taken()->formats[kind].is_present);
    return &taken()->formats[kind];
}

#define assert_span(got, expected)                                                                 \
    do {                                                                                           \
        struct span got_ = (got);                                                                  \
        assert_int_equal(got_.len, sizeof(expected) - 1);                                          \
        assert_memory_equal(got_.at, expected, sizeof(expected) - 1);                              \
    } while (0)

#endif
