/* SPDX-License-Identifier: Apache-2.0 */
#include "router/admin.h"

#include "common/buf.h"
#include "router/broadcast.h"
#include "router/health.h"
#include "router/metrics.h"
#include "router/respond.h"

static void tell_health(const struct admin *admin, h2o_req_t *request, uint64_t now_ms)
{
    /* Frontends that stop are not ill. */
    const char *complaint = admin->phase == OPEN ? health_complaint(admin->health, now_ms) : NULL;
    respond_text(request, complaint ? 503 : 200, complaint ? complaint : "ok");
}

static const char *why_unready(const struct admin *admin, uint64_t now_ms)
{
    if (admin->phase != OPEN)
        return admin->phase == STARTING ? "holdfast is starting" : "holdfast is stopping";
    if (broadcast_is_full(admin->broadcast))
        return "the bus is full: publishers wait";
    return health_complaint(admin->health, now_ms);
}

static void tell_readiness(const struct admin *admin, h2o_req_t *request, uint64_t now_ms)
{
    const char *why = why_unready(admin, now_ms);
    respond_text(request, why ? 503 : 200, why ? why : "ready");
}

static void tell_metrics(const struct admin *admin, h2o_req_t *request)
{
    struct buf text = {0};
    metrics_write(&text, admin->all_stats, admin->stats_count);
    respond_body(request, 200, METRICS_TYPE, buf_span(&text));
    buf_done(&text);
}

static bool is_reading(const h2o_req_t *request)
{
    struct span method = span(request->input.method.base, request->input.method.len);
    return span_equal(method, SPAN("GET")) || span_equal(method, SPAN("HEAD"));
}

void admin_take(const struct admin *admin, h2o_req_t *request, enum page page, uint64_t now_ms)
{
    if (page == PAGE_NONE) {
        respond_text(request, 404, "Not Found");
    } else if (page == PAGE_ROOT) {
        respond_text(request, 200, "holdfast publish API");
    } else if (!is_reading(request)) {
        respond_header(request, "allow", "GET, HEAD");
        respond_text(request, 405, "Method not allowed.");
    } else if (page == PAGE_HEALTH) {
        tell_health(admin, request, now_ms);
    } else if (page == PAGE_READY) {
        tell_readiness(admin, request, now_ms);
    } else {
        tell_metrics(admin, request);
    }
}
