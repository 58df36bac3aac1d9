/* SPDX-License-Identifier: Apache-2.0 */
#include "router/reports.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/check.h"
#include "common/hearing.h"
#include "common/jsonvalue.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/table.h"
#include "publisher/ingest.h"
#include "router/respond.h"

#define PLACE_BITS 20 /* a batch has at most a million items (limits.def) */

struct reports {
    size_t frontends;
    uint64_t wait_ms;
    uint64_t last_number;
    struct table table;  /* by number */
    struct list waiting; /* the oldest first */
};

/* What became of one item. */
struct outcome {
    struct span id; /* in the report's arena */
    bool has_format[FORMAT_COUNT];
    enum fate fate;
    uint32_t heard[FORMAT_COUNT];
};

struct report {
    struct table_node node; /* its hash is the number */
    struct list by_age;     /* reports->waiting */
    struct reports *reports;
    h2o_req_t *request;
    struct arena arena;
    struct outcome *outcomes; /* one for each item */
    size_t count;
    uint64_t due_ms;
    size_t missing; /* counts that have not come */
};

struct reports *reports_new(size_t frontends, uint64_t wait_ms)
{
    struct reports *reports = mem_new(sizeof(*reports));
    reports->frontends = frontends;
    reports->wait_ms = wait_ms;
    table_init(&reports->table);
    list_init(&reports->waiting);
    return reports;
}

void reports_free(struct reports *reports)
{
    if (!reports)
        return;
    CHECK(list_is_empty(&reports->waiting));
    table_done(&reports->table);
    free(reports);
}

/* ---- one report ---- */

static void stop_waiting(struct report *report)
{
    if (!list_is_linked(&report->by_age))
        return;
    list_unlink(&report->by_age);
    table_remove(&report->reports->table, &report->node);
}

/* The request was answered, or its connection is gone. */
static void on_dispose(void *memory)
{
    struct report *report = memory;
    stop_waiting(report);
    arena_done(&report->arena);
}

static void write_id(struct buf *out, struct span id)
{
    json_t *text = json_stringn(id.at, id.len);
    CHECK(text); /* it came as JSON */
    buf_append(out, SPAN("\"id\":"));
    jsonvalue_write(out, text);
    buf_append(out, SPAN(","));
    json_decref(text);
}

static void write_counts(struct buf *out, const struct outcome *outcome)
{
    const char *separator = "";
    buf_append(out, SPAN(",\"subscribers\":{"));
    for (enum format_kind kind = 0; kind < FORMAT_COUNT; kind++) {
        if (!outcome->has_format[kind])
            continue;
        buf_printf(out, "%s\"%s\":%" PRIu32, separator, format_name(kind), outcome->heard[kind]);
        separator = ",";
    }
    buf_append(out, SPAN("}"));
}

static void write_outcome(struct buf *out, const struct outcome *outcome)
{
    static const char *const words[] = {
        [FATE_SENT] = "delivered", [FATE_DUPLICATE] = "duplicate", [FATE_WAITING] = "waiting"};
    buf_append(out, SPAN("{"));
    if (outcome->id.at)
        write_id(out, outcome->id);
    buf_printf(out, "\"status\":\"%s\"", words[outcome->fate]);
    if (outcome->fate == FATE_SENT)
        write_counts(out, outcome);
    buf_append(out, SPAN("}"));
}

static void answer(struct report *report)
{
    struct buf text = {0};
    stop_waiting(report);
    buf_printf(&text, "{\"message\":\"Published\",\"partial\":%s,\"items\":[",
               report->missing ? "true" : "false");
    for (size_t i = 0; i < report->count; i++) {
        buf_append(&text, i ? SPAN(",") : SPAN(""));
        write_outcome(&text, &report->outcomes[i]);
    }
    buf_append(&text, SPAN("]}\n"));
    respond(report->request, 200, TYPE_JSON, buf_span(&text));
    buf_done(&text);
}

/* ---- all of them ---- */

/* Marks each item with the number under which it is counted. */
static void mark(struct batch *batch, uint64_t number)
{
    CHECK(batch->count <= (size_t)1 << PLACE_BITS);
    for (size_t i = 0; i < batch->count; i++)
        batch->items[i].number = number << PLACE_BITS | i;
}

/* Keeps what the report will say of an item, not the item: the JSON of a request takes up many times
 * its length, and as many may wait for their reports as there are connections. */
static void keep(struct report *report, const struct item *item, enum fate fate)
{
    struct outcome *outcome = &report->outcomes[report->count++];
    *outcome = (struct outcome){.fate = fate};
    if (item->id.at)
        outcome->id = arena_copy(&report->arena, item->id);
    for (int kind = 0; kind < FORMAT_COUNT; kind++)
        outcome->has_format[kind] = item->formats[kind].is_present;
    report->missing += fate == FATE_SENT ? report->reports->frontends : 0;
}

static void publish(struct report *report, struct intake *intake, const struct batch *batch,
                    uint64_t now_ms)
{
    enum fate *fates = mem_new(batch->count * sizeof(*fates));
    intake_take(intake, batch->items, batch->count, now_ms, fates);
    report->outcomes = arena_alloc(&report->arena, batch->count * sizeof(struct outcome));
    for (size_t i = 0; i < batch->count; i++)
        keep(report, &batch->items[i], fates[i]);
    free(fates);
}

void reports_begin(struct reports *reports, h2o_req_t *request, struct intake *intake,
                   struct batch *batch, uint64_t now_ms)
{
    struct report *report = h2o_mem_alloc_shared(&request->pool, sizeof(*report), on_dispose);
    *report = (struct report){
        .reports = reports, .request = request, .due_ms = now_ms + reports->wait_ms};
    uint64_t number = ++reports->last_number;
    mark(batch, number);
    publish(report, intake, batch, now_ms);
    if (!report->missing) {
        answer(report);
        return;
    }
    table_add(&reports->table, &report->node, number);
    list_append(&reports->waiting, &report->by_age);
}

/* The hash is all there is of a number. */
static bool is_it(const struct table_node *node, const void *key)
{
    (void)node;
    (void)key;
    return true;
}

void reports_take(struct reports *reports, const struct hearing *hearing)
{
    size_t place = hearing->number & (((uint64_t)1 << PLACE_BITS) - 1);
    struct table_node *node =
        table_find(&reports->table, hearing->number >> PLACE_BITS, is_it, NULL);
    if (!node)
        return;
    struct report *report = container_of(node, struct report, node);
    CHECK(place < report->count);
    struct outcome *outcome = &report->outcomes[place];
    if (outcome->fate != FATE_SENT)
        return; /* it waited, and went out meanwhile */
    for (int kind = 0; kind < FORMAT_COUNT; kind++)
        outcome->heard[kind] += hearing->heard[kind];
    if (--report->missing == 0)
        answer(report);
}

static struct report *oldest(const struct reports *reports)
{
    return list_is_empty(&reports->waiting)
               ? NULL
               : container_of(reports->waiting.next, struct report, by_age);
}

uint64_t reports_turn(struct reports *reports, uint64_t now_ms)
{
    for (struct report *report; (report = oldest(reports));) {
        if (now_ms < report->due_ms)
            return report->due_ms - now_ms;
        answer(report);
    }
    return LOOP_NEVER;
}

void reports_end(struct reports *reports)
{
    for (struct report *report; (report = oldest(reports));) {
        report->request->http1_is_persistent = 0;
        answer(report);
    }
}
