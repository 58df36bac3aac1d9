/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes lent by someone else: a pointer and a length, never a terminator.
 *
 * The only string type of hot paths and parsers. A span owns nothing; how
 * long it may be used is said where it is handed out.
 *
 * Thread: any.
 */
#ifndef COMMON_SPAN_H
#define COMMON_SPAN_H

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/base.h"

struct span {
    const char *at;
    size_t len;
};

/* A header line, a parameter: both halves borrowed. */
struct header {
    struct span name;
    struct span value;
};

#define SPAN(literal) ((struct span)SPAN_INIT(literal))

/* The same where a constant is initialised. */
#define SPAN_INIT(literal)                                                                         \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static inline struct span span(const char *at, size_t len)
{
    return (struct span){at, len};
}

static inline struct span span_of(const char *text)
{
    return text ? span(text, strlen(text)) : span("", 0);
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool span_equal_nocase(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

static inline bool span_starts(struct span all, struct span start)
{
    return all.len >= start.len && memcmp(all.at, start.at, start.len) == 0;
}

static inline bool span_starts_nocase(struct span all, struct span start)
{
    return all.len >= start.len && strncasecmp(all.at, start.at, start.len) == 0;
}

static inline struct span span_skip(struct span all, size_t count)
{
    return span(all.at + count, all.len - count);
}

/* Without the spaces and tabs at both ends. */
static inline struct span span_trim(struct span all)
{
    while (all.len && (all.at[0] == ' ' || all.at[0] == '\t'))
        all = span_skip(all, 1);
    while (all.len && (all.at[all.len - 1] == ' ' || all.at[all.len - 1] == '\t'))
        all.len--;
    return all;
}

/* Cuts `*rest` at the first `separator`: returns what stands before it and leaves
 * what stands behind it. Without one, all is returned and `*rest` is empty. */
static inline struct span span_cut(struct span *rest, char separator)
{
    const char *found = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    struct span first = found ? span(rest->at, (size_t)(found - rest->at)) : *rest;
    *rest = span_skip(*rest, found ? first.len + 1 : first.len);
    return first;
}

#endif
