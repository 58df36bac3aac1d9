/* SPDX-License-Identifier: Apache-2.0 */
#include "router/metrics.h"

#include <ctype.h>
#include <inttypes.h>

static void write_stat(struct buf *out, enum stat_id stat, uint64_t value)
{
    const struct stat_row *row = &stat_rows[stat];
    const char *suffix = row->kind == STAT_IS_COUNTER ? "_total" : "";
    const char *type = row->kind == STAT_IS_COUNTER ? "counter" : "gauge";
    buf_printf(out, "# HELP holdfast_%s%s %s\n", row->name, suffix, row->help);
    buf_printf(out, "# TYPE holdfast_%s%s %s\n", row->name, suffix, type);
    buf_printf(out, "holdfast_%s%s %" PRIu64 "\n", row->name, suffix, value);
}

static void write_end(struct buf *out, enum reason reason, uint64_t value)
{
    buf_append(out, SPAN("holdfast_ended_total{reason=\""));
    for (const char *letter = reason_name(reason); *letter; letter++)
        buf_append(out, span(&(char){(char)tolower((unsigned char)*letter)}, 1));
    buf_printf(out, "\"} %" PRIu64 "\n", value);
}

void metrics_write(struct buf *out, const struct stats *const *all, size_t count)
{
    for (enum stat_id stat = 0; stat < STAT_COUNT; stat++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += stats_read(all[i], stat);
        write_stat(out, stat, sum);
    }
    buf_append(out, SPAN("# HELP holdfast_ended_total requests and holds ended, by reason\n"
                         "# TYPE holdfast_ended_total counter\n"));
    for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += atomic_load_explicit(&all[i]->ends[reason], memory_order_relaxed);
        write_end(out, reason, sum);
    }
}
