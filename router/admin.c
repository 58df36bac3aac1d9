/* SPDX-License-Identifier: Apache-2.0 */
#include "router/admin.h"

#include <ctype.h>
#include <inttypes.h>

#include "common/check.h"
#include "router/broadcast.h"
#include "router/health.h"
#include "router/publish.h"
#include "router/respond.h"

#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"

static uint64_t sum_ends(const struct stats *const *all_stats, size_t count, enum reason reason)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += atomic_load_explicit(&all_stats[i]->ends[reason], memory_order_relaxed);
    return sum;
}

static void write_stat(struct buf *out, const struct stat_row *row, uint64_t value)
{
    bool is_counter = row->kind == STAT_IS_COUNTER;
    const char *suffix = is_counter ? "_total" : "";
    buf_printf(out, "# HELP holdfast_%s%s %s\n", row->name, suffix, row->help);
    buf_printf(out, "# TYPE holdfast_%s%s %s\n", row->name, suffix,
               is_counter ? "counter" : "gauge");
    buf_printf(out, "holdfast_%s%s %" PRIu64 "\n", row->name, suffix, value);
}

static void write_end(struct buf *out, const char *name, uint64_t value)
{
    buf_append(out, SPAN("holdfast_ended_total{reason=\""));
    for (; *name; name++) {
        char lower = (char)tolower((unsigned char)*name);
        buf_append(out, span(&lower, 1));
    }
    buf_printf(out, "\"} %" PRIu64 "\n", value);
}

void admin_write_metrics(struct buf *out, const struct stats *const *all_stats, size_t count)
{
    for (enum stat_id stat = 0; stat < STAT_COUNT; stat++)
        write_stat(out, &stat_rows[stat], stats_sum(all_stats, count, stat));
    buf_append(out, SPAN("# HELP holdfast_ended_total requests and holds ended, by reason\n"
                         "# TYPE holdfast_ended_total counter\n"));
    for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
        write_end(out, reason_name(reason), sum_ends(all_stats, count, reason));
}

static void answer_metrics(const struct admin *admin, h2o_req_t *request)
{
    struct buf text = {0};
    admin_write_metrics(&text, admin->all_stats, admin->stats_count);
    publish_write_metrics(admin->publish, &text);
    respond(request, 200, TYPE_METRICS, buf_span(&text));
    buf_done(&text);
}

/* Returns: whether some frontend is late, which was answered then. */
static bool answer_late(const struct admin *admin, h2o_req_t *request, uint64_t now_ms)
{
    unsigned frontend;
    uint64_t silent_ms;
    if (!health_is_late(admin->health, now_ms, &frontend, &silent_ms))
        return false;
    respond_text(request, 503, "frontend %u has not answered for %" PRIu64 " s\n", frontend,
                 silent_ms / 1000);
    return true;
}

static void answer_healthz(const struct admin *admin, h2o_req_t *request, uint64_t now_ms)
{
    if (!answer_late(admin, request, now_ms))
        respond_text(request, 200, "ok\n");
}

static void answer_readyz(const struct admin *admin, h2o_req_t *request, uint64_t now_ms)
{
    if (!admin->is_open)
        respond_text(request, 503, "holdfast is stopping\n");
    else if (answer_late(admin, request, now_ms))
        return;
    else if (broadcast_is_full(admin->broadcast))
        respond_text(request, 503, "the bus is full: publishers wait\n");
    else
        respond_text(request, 200, "ready\n");
}

void admin_take(const struct admin *admin, h2o_req_t *request, enum endpoint endpoint,
                uint64_t now_ms)
{
    if (!method_is(request, SPAN("GET")) && !method_is(request, SPAN("HEAD"))) {
        respond_not_allowed(request, "GET, HEAD");
        return;
    }
    switch (endpoint) {
    case ENDPOINT_HEALTHZ:
        answer_healthz(admin, request, now_ms);
        break;
    case ENDPOINT_READYZ:
        answer_readyz(admin, request, now_ms);
        break;
    case ENDPOINT_METRICS:
        answer_metrics(admin, request);
        break;
    default:
        CHECK(!"an endpoint of admin's");
    }
}
