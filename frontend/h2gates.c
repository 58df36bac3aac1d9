/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2answer.h"
#include "frontend/h2gate_life.h"

/* How often a connection is looked at, and how many of them in one turn. */
#define CHECK_MS 1000
#define CHECK_TURN 256

/* ---- before each wait ---- */

static void take_place(struct h2gate *gate)
{
    if (gate->socket->_cb.read == gate->h2o_read)
        gate->socket->_cb.read = gate->on_read;
}

static void settle(void *context)
{
    struct h2gates *gates = context;
    for (struct list *node; (node = list_pop(&gates->talking));) {
        struct h2gate *gate = container_of(node, struct h2gate, talking);
        take_place(gate);
        if (!h2o_socket_is_reading(gate->socket))
            h2gate_wait(gate);
    }
    LIST_FOREACH (node, &gates->waiting) {
        take_place(container_of(node, struct h2gate, waiting));
    }
}

void h2gates_init(struct h2gates *gates)
{
    list_init(&gates->all);
    list_init(&gates->waiting);
    list_init(&gates->talking);
    loop_before_wait(gates->loop, settle, gates);
}

/* ---- each turn ---- */

/* Ends requests whose bodies do not come and answers that are not taken. */
static void end_stuck(struct h2gate *gate, uint64_t now_ms)
{
    h2o_req_t *request;
    uint32_t stream;
    while ((stream = h2guard_stuck(&gate->guard, now_ms)))
        if (h2gate_reset(gate, stream) != H2GATE_DONE)
            return;
    while (
        (request = h2answers_stalled(&gate->answers, gate->home->limits->stall_wait_ms, now_ms))) {
        h2gate_tell(gate, "answer ended", REASON_STALLED, "stall_wait_ms");
        if (h2gate_reset(gate, h2gate_stream(request)) != H2GATE_DONE)
            return;
    }
}

static void check(struct h2gate *gate, uint64_t now_ms)
{
    if (gate->is_cut)
        return;
    if (stall_look(&gate->stall, gate->socket, gate->home->limits->stall_wait_ms, now_ms)) {
        h2gate_cut(gate, REASON_STALLED, "stall_wait_ms");
        return;
    }
    if (!h2o_socket_is_reading(gate->socket))
        return; /* it may have sent what is missing */
    const char *limit = h2guard_late(&gate->guard, now_ms);
    if (limit) {
        h2gate_cut(gate, REASON_HTTP2_FLOOD, limit);
        return;
    }
    end_stuck(gate, now_ms);
}

uint64_t h2gates_turn(struct h2gates *gates, uint64_t now_ms)
{
    struct list waiting;
    list_take_all(&gates->waiting, &waiting);
    for (struct list *node; (node = list_pop(&waiting));)
        h2gate_listen(container_of(node, struct h2gate, waiting));
    for (int i = 0; i < CHECK_TURN && !list_is_empty(&gates->all); i++) {
        struct h2gate *gate = container_of(gates->all.next, struct h2gate, peers);
        if (now_ms < gate->checked_ms + CHECK_MS)
            return gate->checked_ms + CHECK_MS - now_ms;
        gate->checked_ms = now_ms;
        list_unlink(&gate->peers);
        list_append(&gates->all, &gate->peers);
        check(gate, now_ms);
    }
    return list_is_empty(&gates->all) ? LOOP_NEVER : 0;
}
