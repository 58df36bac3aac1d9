/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/progress.h"

#include <inttypes.h>

enum { EVERY_MS = 1000 };

void progress_begin(struct progress *progress, FILE *out, bool is_terminal, uint64_t now_ms)
{
    *progress = (struct progress){
        .out = out, .is_terminal = is_terminal, .begun_ms = now_ms, .shown_ms = now_ms};
}

/* Returns: `count` in `span_ms` as so many a second. */
static uint64_t rate(uint64_t count, uint64_t span_ms)
{
    return count * 1000 / (span_ms ? span_ms : 1);
}

void progress_show(struct progress *progress, uint64_t count, uint64_t now_ms)
{
    if (!progress->out || now_ms < progress->shown_ms + EVERY_MS)
        return;
    uint64_t rate_now = rate(count - progress->shown_count, now_ms - progress->shown_ms);
    (void)fprintf(progress->out,
                  "%sholdfast: %" PRIu64 " messages published, %" PRIu64 " a second%s",
                  progress->is_terminal ? "\r\033[K" : "", count, rate_now,
                  progress->is_terminal ? "" : "\n");
    (void)fflush(progress->out);
    progress->is_line_open = progress->is_terminal;
    progress->shown_ms = now_ms;
    progress->shown_count = count;
}

void progress_end(struct progress *progress, uint64_t count, uint64_t now_ms)
{
    bool is_long = progress->shown_ms > progress->begun_ms;
    if (!progress->out || !(is_long || progress->is_asked))
        return;
    uint64_t span_ms = now_ms - progress->begun_ms;
    (void)fprintf(progress->out,
                  "%sholdfast: %" PRIu64 " messages published in %" PRIu64 ".%" PRIu64
                  " s, %" PRIu64 " a second\n",
                  progress->is_line_open ? "\r\033[K" : "", count, span_ms / 1000,
                  span_ms / 100 % 10, rate(count, span_ms));
    progress->is_line_open = false;
}

void progress_make_way(struct progress *progress)
{
    if (progress->is_line_open)
        (void)fputc('\n', progress->out);
    progress->is_line_open = false;
}
