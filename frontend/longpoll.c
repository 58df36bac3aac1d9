/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/longpoll.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/engine.h"
#include "frontend/channels.h"
#include "frontend/cors.h"
#include "frontend/hold.h"
#include "frontend/image.h"
#include "frontend/parts.h"
#include "frontend/pollreply.h"
#include "frontend/previds.h"
#include "frontend/raw.h"
#include "frontend/rawreply.h"
#include "frontend/reply.h"
#include "frontend/subscribe.h"

/* GRIP 3.2: of those who ask once more because of a prev-id, or to recover, so many go together. */
#define LATE_TOGETHER 100
#define LATE_PAUSE_MS 100

struct longpoll {
    struct hold hold;
    struct parts *parts;
    struct pollreply *reply; /* owned */
    struct image *image;     /* owned; the request, NULL where it is still h2o's */
    struct list place;       /* parts->polls.waiting or .late */
    bool is_head;
    bool is_http10;
    bool is_late; /* it has moved to the end of .late, and moves no more */
};

static struct longpoll *longpoll_of(struct hold *hold)
{
    return container_of(hold, struct longpoll, hold);
}

/* ---- the answer ---- */

/* Writes the answer in HTTP/1. Returns: it; the caller unrefs its bytes. */
static struct encoded encode(const struct longpoll *poll, const struct answer *answer)
{
    const struct hold *hold = &poll->hold;
    bool has_body = answer->status != 204 && answer->status != 304;
    const struct rawreply how = {
        .is_http10 = poll->is_http10,
        .is_persistent = hold->is_persistent && hold->reason != REASON_SHUTDOWN,
        .has_length = has_body,
        .length = answer->body.len,
    };
    struct buf bytes = {0};
    struct encoded encoded = {0};
    encoded.head_count = rawreply_head(&bytes, answer->status, answer->reason, answer->headers,
                                       answer->header_count, &how);
    encoded.head_len = bytes.len;
    if (has_body)
        buf_append(&bytes, answer->body);
    encoded.bytes = msgbuf_copy(buf_span(&bytes));
    buf_done(&bytes);
    return encoded;
}

static void push_encoded(struct longpoll *poll, const struct encoded *encoded)
{
    struct span bytes = msgbuf_bytes(encoded->bytes);
    struct traffic *traffic = hold_traffic(&poll->hold);
    if (poll->is_head)
        bytes.len = encoded->head_len;
    traffic_add(traffic, TRAFFIC_client_header_bytes_sent, encoded->head_count);
    traffic_add(traffic, TRAFFIC_client_content_bytes_sent, bytes.len - encoded->head_len);
    hold_push(&poll->hold, encoded->bytes, bytes);
}

static void push_parked(struct longpoll *poll, const struct answer *answer)
{
    if (!poll->hold.request)
        return; /* the client left on the way here */
    parked_head(&poll->hold, answer);
    struct msgbuf *body = msgbuf_copy(answer->body);
    hold_push(&poll->hold, body, msgbuf_bytes(body));
    msgbuf_unref(body);
}

static void push_timeout(struct longpoll *poll)
{
    struct arena arena = {0};
    struct answer answer;
    pollreply_timeout(poll->reply, &answer, &arena);
    if (poll->image) {
        struct encoded encoded = encode(poll, &answer);
        push_encoded(poll, &encoded);
        msgbuf_unref(encoded.bytes);
    } else {
        push_parked(poll, &answer);
    }
    arena_done(&arena);
}

static void merge(const struct longpoll *poll, const struct publication *publication,
                  struct answer *answer, struct arena *arena)
{
    const struct format *format = &publication->item.formats[FORMAT_RESPONSE];
    pollreply_merge(poll->reply, format, poll->parts->limits->grip_body_bytes, answer, arena);
}

static bool is_composed(const struct composed *composed, const struct longpoll *poll,
                        const struct publication *publication)
{
    return composed->of == publication->buf && composed->is_http10 == poll->is_http10 &&
           composed->is_persistent == poll->hold.is_persistent &&
           pollreply_equal(composed->reply, poll->reply);
}

static void forget_composed(struct composed *composed)
{
    msgbuf_unref(composed->of);
    msgbuf_unref(composed->answer.bytes);
    *composed = (struct composed){0};
}

static void compose(struct composed *composed, const struct longpoll *poll,
                    const struct publication *publication)
{
    struct arena arena = {0};
    struct answer answer;
    merge(poll, publication, &answer, &arena);
    forget_composed(composed);
    composed->answer = encode(poll, &answer);
    composed->of = msgbuf_ref(publication->buf);
    composed->reply = poll->reply;
    composed->is_http10 = poll->is_http10;
    composed->is_persistent = poll->hold.is_persistent;
    arena_done(&arena);
}

static void push_message(struct longpoll *poll, const struct publication *publication)
{
    if (poll->image) {
        struct composed *composed = &poll->parts->polls.composed;
        if (!is_composed(composed, poll, publication))
            compose(composed, poll, publication);
        push_encoded(poll, &composed->answer);
        return;
    }
    struct arena arena = {0};
    struct answer answer;
    merge(poll, publication, &answer, &arena);
    push_parked(poll, &answer);
    arena_done(&arena);
}

/* ---- the kind ---- */

static void be_late(struct longpoll *poll)
{
    if (poll->is_late)
        return;
    poll->is_late = true;
    list_unlink(&poll->place);
    list_append(&poll->parts->polls.late, &poll->place);
}

/* Returns: whether the client gets it. */
static bool take_message(struct longpoll *poll, const struct publication *publication)
{
    struct hold *hold = &poll->hold;
    if (!previds_precede(hold->previds, publication)) {
        be_late(poll);
        return false;
    }
    hold_doom(hold, REASON_ANSWERED); /* whatever is made of the push: no backlog is too large */
    push_message(poll, publication);
    return true;
}

static bool longpoll_deliver(struct hold *hold, const struct publication *publication)
{
    const struct format *format = &publication->item.formats[FORMAT_RESPONSE];
    if (!format->is_present)
        return false;
    switch (format->action) {
    case ACTION_SEND:
        return take_message(longpoll_of(hold), publication);
    case ACTION_HINT:
        hold_doom(hold, REASON_RETRY);
        return true;
    case ACTION_CLOSE:
        hold_doom(hold, REASON_PUBLISHED_CLOSE);
        return true;
    case ACTION_REFRESH:
        break;
    }
    return false;
}

static void longpoll_finish(struct hold *hold)
{
    struct longpoll *poll = longpoll_of(hold);
    if (hold->reason == REASON_ANSWERED)
        return;
    if (hold->reason != REASON_RETRY)
        push_timeout(poll);
    else if (poll->image)
        raw_replay(hold, image_bytes(poll->image));
}

static void longpoll_free(struct hold *hold)
{
    struct longpoll *poll = longpoll_of(hold);
    list_unlink(&poll->place);
    free(poll->reply);
    free(poll->image);
    slab_put(&poll->parts->polls.slots, poll);
}

static const struct hold_kind longpoll_kind = {
    .name = "long-poll",
    .hears = FORMAT_RESPONSE,
    .deliver = longpoll_deliver,
    .finish = longpoll_finish,
    .free = longpoll_free,
};

static void on_timeout(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    hold_doom(container_of(timer, struct hold, timer), REASON_NOTHING_CAME);
}

/* ---- its beginning ---- */

/* The headers that h2o would send, cross-origin ones included; then they are its no more. */
static struct header *take_headers(h2o_req_t *request, size_t *count)
{
    h2o_headers_t *set = &request->res.headers;
    struct header *headers = h2o_mem_alloc_pool(&request->pool, (set->size + 1) * sizeof(*headers));
    *count = set->size;
    for (size_t i = 0; i < set->size; i++) {
        const h2o_header_t *header = &set->entries[i];
        struct span name = vec_span(*header->name);
        headers[i] = (struct header){{header->orig_name ? header->orig_name : name.at, name.len},
                                     vec_span(header->value)};
    }
    *set = (h2o_headers_t){0};
    return headers;
}

static struct pollreply *reply_of(const struct polled *polled)
{
    const struct instruct *told = polled->told;
    h2o_req_t *request = polled->request;
    struct answer answer = {.status = told->status, .reason = told->reason, .body = told->body};
    reply_head(request, told->status, told->reason, told->headers, told->header_count);
    cors_add(request, polled->route);
    answer.headers = take_headers(request, &answer.header_count);
    return pollreply_new(&answer);
}

/* While the request is h2o's, its head stands at the front of the connection's input. */
static struct image *image_of(const struct polled *polled)
{
    h2o_conn_t *conn = polled->request->conn;
    const char *input = conn->callbacks->get_socket(conn)->input->bytes;
    return image_new(span(input, polled->raw->head_len), vec_span(polled->request->entity));
}

/* A chunked request's end can't be found in h2o's input: its connection ends with its answer. */
static void set_up(struct longpoll *poll, const struct polled *polled)
{
    h2o_req_t *request = polled->request;
    struct hold *hold = &poll->hold;
    hold->kind = &longpoll_kind;
    hold->request = request;
    hold->route = polled->route->number;
    poll->reply = reply_of(polled);
    poll->is_head = span_equal(vec_span(request->input.method), SPAN("HEAD"));
    poll->is_http10 = request->version < 0x101;
    if (request->version >= 0x200)
        return;
    poll->image = image_of(polled);
    hold->request_len =
        polled->raw->is_chunked ? 0 : (uint32_t)(polled->raw->head_len + polled->raw->body_len);
    hold->is_persistent = request->http1_is_persistent && hold->request_len;
}

/* Returns: whether its carrier took the request. */
static bool be_carried(struct longpoll *poll, const struct polled *polled)
{
    if (poll->image)
        return raw_take(&poll->hold, poll->parts->holds.nowhere);
    parked_begin(&poll->hold, polled->again, polled->context);
    return true;
}

enum reason longpoll_begin(struct parts *parts, const struct polled *polled,
                           struct previds **previds)
{
    struct longpoll *poll = slab_get(&parts->polls.slots);
    struct hold *hold = &poll->hold;
    uint64_t due_ms = loop_now_ms(parts->loop) + polled->told->timeout_s * UINT64_C(1000);
    poll->parts = parts;
    list_append(&parts->polls.waiting, &poll->place);
    set_up(poll, polled);
    hold_begin(hold, &parts->holds);
    subscribe_told(parts->channels, hold, polled->route, polled->told);
    if (!be_carried(poll, polled)) {
        channels_leave_all(parts->channels, hold);
        hold_let_go(hold);
        return REASON_NO_DESCRIPTOR;
    }
    hold->presence = polled->presence;
    hold->previds = *previds;
    *previds = NULL;
    timer_arm(parts->wheel, &hold->timer, due_ms, on_timeout);
    hold_started(hold);
    return REASON_NONE;
}

/* ---- all of them ---- */

void longpolls_init(struct longpolls *polls)
{
    *polls = (struct longpolls){0};
    slab_init(&polls->slots, sizeof(struct longpoll));
    list_init(&polls->waiting);
    list_init(&polls->late);
}

void longpolls_done(struct longpolls *polls)
{
    forget_composed(&polls->composed);
    slab_done(&polls->slots);
}

/* One that has its answer already is left to take it. */
static void ask_again(struct longpoll *poll)
{
    if (!poll->hold.is_ending)
        hold_doom(&poll->hold, REASON_RETRY);
}

void longpolls_recover(struct longpolls *polls)
{
    list_append_all(&polls->late, &polls->waiting);
}

uint64_t longpolls_turn(struct longpolls *polls, uint64_t now_ms)
{
    forget_composed(&polls->composed); /* what it borrows may go in holds_turn() */
    if (list_is_empty(&polls->late))
        return LOOP_NEVER;
    if (now_ms >= polls->next_late_ms) {
        struct list *node;
        for (int i = 0; i < LATE_TOGETHER && (node = list_pop(&polls->late)); i++)
            ask_again(container_of(node, struct longpoll, place));
        polls->next_late_ms = now_ms + LATE_PAUSE_MS;
    }
    return list_is_empty(&polls->late) ? LOOP_NEVER : polls->next_late_ms - now_ms;
}
