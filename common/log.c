/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define LINES_PER_SECOND 10
#define LINE_BYTES 1024

static _Atomic int level_shown = LEVEL_INFO;

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&level_shown, level, memory_order_relaxed);
}

/* Returns: whether this line may be written; `swallowed` is how many were not in the
 * second that just ended. */
static int site_admits(struct log_site *site, int64_t second, unsigned *swallowed)
{
    *swallowed = 0;
    int64_t seen = atomic_load_explicit(&site->second, memory_order_relaxed);
    if (seen != second &&
        atomic_compare_exchange_strong_explicit(&site->second, &seen, second, memory_order_relaxed,
                                                memory_order_relaxed)) {
        unsigned before = atomic_exchange_explicit(&site->lines, 0, memory_order_relaxed);
        *swallowed = before > LINES_PER_SECOND ? before - LINES_PER_SECOND : 0;
    }
    return atomic_fetch_add_explicit(&site->lines, 1, memory_order_relaxed) < LINES_PER_SECOND;
}

void log_line(struct log_site *site, enum log_level level, const char *format, ...)
{
    if ((int)level > atomic_load_explicit(&level_shown, memory_order_relaxed))
        return;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    unsigned swallowed;
    if (!site_admits(site, now.tv_sec, &swallowed))
        return;

    char line[LINE_BYTES];
    struct tm utc;
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
    len += (size_t)snprintf(line + len, sizeof(line) - len, ".%03dZ %s ",
                            (int)(now.tv_nsec / 1000000), level_names[level]);
    va_list args;
    va_start(args, format);
    len += (size_t)vsnprintf(line + len, sizeof(line) - len, format, args);
    va_end(args);
    if (swallowed && len < sizeof(line))
        len += (size_t)snprintf(line + len, sizeof(line) - len, " (%u like this not shown)",
                                swallowed);
    if (len > sizeof(line) - 2)
        len = sizeof(line) - 2;
    line[len++] = '\n';
    /* One write per line, so that lines of several threads never mix. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}

const char *log_safe(char *out, size_t room, const char *text, size_t len)
{
    size_t kept = 0;
    for (; kept < len && kept + 1 < room; kept++) {
        out[kept] = text[kept];
        if (text[kept] < ' ' || text[kept] > '~')
            out[kept] = '?';
    }
    out[kept] = '\0';
    return out;
}
