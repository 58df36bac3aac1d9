/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, one line on standard error: time, level, event, key=value.
 *
 *     2026-11-25T10:00:00.000Z warn hold ended reason=slow_client backlog_bytes=1048577
 *
 * info = lifecycle, warn = ours or the operator's to look at, debug = trips.
 * Never a payload, never a token. A call site that repeats itself is held to
 * ten lines a second and says how many it swallowed.
 *
 * Thread: any (atomics inside).
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/base.h"

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

/* The lines one call site wrote lately. */
struct log_site {
    _Atomic int64_t second;
    _Atomic unsigned lines;
};

/* Lines above `level` are not written; LEVEL_INFO until said otherwise. */
void log_set_level(enum log_level level);

void log_line(struct log_site *site, enum log_level level, const char *format, ...)
    PRINTF_LIKE(3, 4);

#define LOG_AT(level, ...)                                                                         \
    do {                                                                                           \
        static struct log_site site_;                                                              \
        log_line(&site_, level, __VA_ARGS__);                                                      \
    } while (0)

#define log_error(...) LOG_AT(LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) LOG_AT(LEVEL_WARN, __VA_ARGS__)
#define log_info(...) LOG_AT(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LEVEL_DEBUG, __VA_ARGS__)

/* For "%.*s": a span as the two arguments. Bytes outside printable ASCII are the
 * caller's to keep out; log_safe() makes a printable copy. */
#define LOG_SPAN(text) (int)(text).len, (text).at

/* Writes at most `room - 1` bytes of `text` to `out`, what is not printable ASCII as '?'.
 * Returns: `out`. */
const char *log_safe(char *out, size_t room, const char *text, size_t len);

#endif
