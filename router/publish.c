/* SPDX-License-Identifier: Apache-2.0 */
#include "router/publish.h"

#include <stdlib.h>

#include "common/list.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "publisher/auth.h"
#include "publisher/ingest.h"
#include "router/asked.h"
#include "router/broadcast.h"
#include "router/respond.h"

/* How often the counters of the frontends are looked at while somebody waits: nothing tells. */
#define LOOK_EVERY_MS 2

#define METHOD_SHOWN 32

struct publish {
    const struct config *config;
    struct broadcast *broadcast;
    struct stats *stats;
    struct auth *auth;
    struct list waiting; /* struct waiting, the longest first */
    bool is_closed;
};

/* A request for which the bus had no room; lives in the request's pool. */
struct waiting {
    struct publish *publish;
    h2o_req_t *request;
    enum kind kind;
    uint64_t until_ms;
    struct list node;
};

struct publish *publish_new(const struct config *config, struct broadcast *broadcast,
                            struct stats *stats)
{
    struct publish *publish = mem_new(sizeof(*publish));
    publish->config = config;
    publish->broadcast = broadcast;
    publish->stats = stats;
    publish->auth = auth_new(config->publish_tokens, config->publish_token_count);
    list_init(&publish->waiting);
    return publish;
}

void publish_free(struct publish *publish)
{
    if (!publish)
        return;
    CHECK(list_is_empty(&publish->waiting));
    auth_free(publish->auth);
    free(publish);
}

void publish_refuse(struct publish *publish, h2o_req_t *request, unsigned status, const char *why)
{
    stats_add(publish->stats, STAT_publishes_refused, 1);
    log_debug("publish refused status=%u why=\"%s\"", status, why);
    if (status == 503)
        respond_header(request, "retry-after", "1");
    respond_text(request, status, why);
}

/* The bytes of the first header of that name, at == NULL where there is none. */
static struct span header_of(const h2o_req_t *request, struct span lower_name)
{
    ssize_t found = h2o_find_header_by_str(&request->headers, lower_name.at, lower_name.len, -1);
    if (found < 0)
        return span(NULL, 0);
    h2o_iovec_t value = request->headers.entries[found].value;
    return span(value.base ? value.base : "", value.len);
}

static enum kind kind_wanted(const h2o_req_t *request)
{
    enum kind kind = KIND_NONE;
    ssize_t at = h2o_find_header(&request->headers, H2O_TOKEN_ACCEPT, -1);
    if (at < 0)
        return KIND_TEXT;
    for (; at >= 0; at = h2o_find_header(&request->headers, H2O_TOKEN_ACCEPT, at)) {
        h2o_iovec_t value = request->headers.entries[at].value;
        kind = asked_kind(span(value.base, value.len), kind);
    }
    return kind;
}

/* ---- the questions, in their order; each answers the request where it says false ---- */

static bool is_post(struct publish *publish, h2o_req_t *request)
{
    struct span method = span(request->input.method.base, request->input.method.len);
    if (span_equal(method, SPAN("POST")))
        return true;
    char shown[METHOD_SHOWN];
    char why[METHOD_SHOWN + 32];
    (void)snprintf(why, sizeof(why), "Method not allowed: %s.",
                   log_safe(shown, sizeof(shown), method.at, method.len));
    respond_header(request, "allow", "POST");
    publish_refuse(publish, request, 405, why);
    return false;
}

static bool is_our_page(struct publish *publish, h2o_req_t *request)
{
    struct span origin = header_of(request, SPAN("origin"));
    struct span host = span(request->input.authority.base, request->input.authority.len);
    if (!origin.at || !asked_by_stranger(origin, host))
        return true;
    publish_refuse(publish, request, 403,
                   "A web page may not publish here: the request's Origin is not its Host. Publish "
                   "from a server.");
    return false;
}

static bool is_authorized(struct publish *publish, h2o_req_t *request)
{
    enum auth_result result = auth_check(publish->auth, header_of(request, SPAN("fastly-key")),
                                         header_of(request, SPAN("authorization")));
    if (result == AUTH_OK)
        return true;
    respond_header(request, "www-authenticate", "Bearer realm=\"holdfast\"");
    publish_refuse(
        publish, request, 401,
        result == AUTH_MISSING
            ? "A token is needed to publish: send it as 'Authorization: Bearer TOKEN' or "
              "'Fastly-Key: TOKEN'."
            : "The token sent is not one that may publish here.");
    return false;
}

static bool is_answerable(struct publish *publish, h2o_req_t *request, enum kind kind)
{
    if (kind != KIND_NONE)
        return true;
    publish_refuse(publish, request, 406,
                   "Not Acceptable. Supported formats are text/plain and application/json.");
    return false;
}

/* h2o would close the connection with the rest of the body unread, and the reset that follows
 * would overtake the answer: it lets twice as much in (router/control.c). */
static bool is_within_limit(struct publish *publish, h2o_req_t *request)
{
    uint64_t most = publish->config->limits.publish_body_bytes;
    if (request->entity.len <= most)
        return true;
    char why[96];
    (void)snprintf(why, sizeof(why), "The body is %zu bytes, more than publish_body_bytes (%llu).",
                   request->entity.len, (unsigned long long)most);
    publish_refuse(publish, request, 413, why);
    return false;
}

/* ---- publishing ---- */

/* Where an item leaves for the frontends. */
static void sink(struct publish *publish, const struct item *item)
{
    broadcast_send(publish->broadcast, item);
}

static void publish_now(struct publish *publish, h2o_req_t *request, enum kind kind)
{
    char *why = NULL;
    struct span body = span(request->entity.base ? request->entity.base : "", request->entity.len);
    struct batch *batch = ingest_read(body, &publish->config->limits, &why);
    if (!batch) {
        publish_refuse(publish, request, 400, why);
        free(why);
        return;
    }
    for (size_t i = 0; i < batch->count; i++)
        sink(publish, &batch->items[i]);
    stats_add(publish->stats, STAT_items_published, (int64_t)batch->count);
    batch_free(batch);
    if (kind == KIND_JSON)
        respond_body(request, 200, "application/json", SPAN("{\"message\":\"Published\"}\n"));
    else
        respond_text(request, 200, "Published");
}

/* The request was answered, or is gone. */
static void on_dispose(void *memory)
{
    struct waiting *waiting = memory;
    list_unlink(&waiting->node);
}

static void wait_for_room(struct publish *publish, h2o_req_t *request, enum kind kind,
                          uint64_t now_ms)
{
    struct backlog backlog = broadcast_backlog(publish->broadcast);
    log_warn("publishers wait bus_frames=%llu bus_bytes=%llu", (unsigned long long)backlog.frames,
             (unsigned long long)backlog.bytes);
    struct waiting *waiting = h2o_mem_alloc_shared(&request->pool, sizeof(*waiting), on_dispose);
    *waiting = (struct waiting){.publish = publish, .request = request, .kind = kind};
    waiting->until_ms = now_ms + publish->config->limits.publish_wait_ms;
    list_append(&publish->waiting, &waiting->node);
}

void publish_take(struct publish *publish, h2o_req_t *request, uint64_t now_ms)
{
    enum kind kind = kind_wanted(request);
    if (!is_post(publish, request) || !is_our_page(publish, request) ||
        !is_authorized(publish, request) || !is_answerable(publish, request, kind) ||
        !is_within_limit(publish, request))
        return;
    if (publish->is_closed)
        publish_refuse(publish, request, 503, "holdfast is stopping");
    else if (!list_is_empty(&publish->waiting) || broadcast_is_full(publish->broadcast))
        wait_for_room(publish, request, kind, now_ms);
    else
        publish_now(publish, request, kind);
}

/* Returns: who has waited the longest. */
static struct waiting *first_waiting(struct publish *publish)
{
    return container_of(publish->waiting.next, struct waiting, node);
}

uint64_t publish_turn(struct publish *publish, uint64_t now_ms)
{
    if (list_is_empty(&publish->waiting))
        return LOOP_NEVER;
    struct waiting *first = first_waiting(publish);
    if (!broadcast_is_full(publish->broadcast)) {
        list_unlink(&first->node);
        publish_now(publish, first->request, first->kind);
        return 0;
    }
    if (now_ms >= first->until_ms) {
        list_unlink(&first->node);
        publish_refuse(publish, first->request, 503,
                       "The bus is full: clients cannot be served as fast as is published. Try "
                       "again later.");
        return 0;
    }
    return LOOK_EVERY_MS;
}

void publish_close(struct publish *publish)
{
    publish->is_closed = true;
    while (!list_is_empty(&publish->waiting)) {
        struct waiting *first = first_waiting(publish);
        list_unlink(&first->node);
        publish_refuse(publish, first->request, 503, "holdfast is stopping");
    }
}
