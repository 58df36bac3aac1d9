/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2guard.h"

#include <stdlib.h>

#include "common/engine.h"
#include "common/mem.h"

#define SECOND_MS 1000

/* Streams that h2o refused are known here until they are stuck, so there may be some more. */
#define MOST_BODIES (H2_STREAMS + 28)

/* What a frame of body takes at least: so many updates can be needed for what was written. */
#define LEAST_FRAME_BYTES (H2_HEAD_BYTES + 1)

void h2guard_init(struct h2guard *guard, const struct limits *limits)
{
    *guard = (struct h2guard){.limits = limits};
    h2walk_init(&guard->walk);
}

void h2guard_done(struct h2guard *guard)
{
    free(guard->bodies);
    guard->bodies = NULL;
}

/* ---- bodies ---- */

static struct h2body *body_of(const struct h2guard *guard, uint32_t stream)
{
    for (size_t i = 0; i < guard->body_count; i++)
        if (guard->bodies[i].stream == stream)
            return &guard->bodies[i];
    return NULL;
}

static void forget(struct h2guard *guard, struct h2body *body)
{
    if (!body)
        return;
    guard->body_bytes -= body->bytes;
    *body = guard->bodies[--guard->body_count];
    if (guard->body_count)
        return;
    free(guard->bodies); /* most connections never have one again */
    guard->bodies = NULL;
}

static const char *begin_body(struct h2guard *guard, uint64_t now_ms)
{
    if (guard->body_count == MOST_BODIES)
        return "http2_upload_bytes";
    if (!guard->bodies)
        guard->bodies = mem_new(MOST_BODIES * sizeof(struct h2body));
    guard->bodies[guard->body_count++] = (struct h2body){guard->walk.frame.stream, 0, now_ms};
    return NULL;
}

/* However low the limit, one body of the size that is allowed may come. */
static bool are_too_many(const struct h2guard *guard)
{
    uint64_t one = guard->limits->request_body_bytes + ENGINE_SLACK_BYTES;
    uint64_t most = guard->limits->http2_upload_bytes;
    return guard->body_bytes > (most > one ? most : one);
}

static const char *control(struct h2guard *guard)
{
    return ++guard->controls > guard->limits->http2_control_frames ? "http2_control_frames" : NULL;
}

static const char *on_data(struct h2guard *guard, uint64_t now_ms)
{
    const struct h2frame *frame = &guard->walk.frame;
    struct h2body *body = body_of(guard, frame->stream);
    if (!body)
        return control(guard);
    body->bytes += frame->len;
    guard->body_bytes += frame->len;
    body->moved_ms = now_ms;
    if (are_too_many(guard))
        return "http2_upload_bytes";
    /* Past the limit h2o resets the stream and keeps nothing. */
    if (frame->flags & H2_END_STREAM ||
        body->bytes > guard->limits->request_body_bytes + ENGINE_SLACK_BYTES)
        forget(guard, body);
    return frame->len ? NULL : control(guard);
}

/* ---- the other frames ---- */

static const char *count_head(struct h2guard *guard, bool begins)
{
    const struct h2frame *frame = &guard->walk.frame;
    guard->head_bytes = frame->len + (begins ? 0 : guard->head_bytes);
    guard->is_in_head = !(frame->flags & H2_END_HEADERS);
    h2fields_begin(&guard->fields, frame);
    return guard->head_bytes > guard->limits->http2_head_bytes ? "http2_head_bytes" : NULL;
}

static const char *on_headers(struct h2guard *guard, uint64_t now_ms)
{
    const struct h2frame *frame = &guard->walk.frame;
    const char *fault = count_head(guard, true);
    bool is_last = frame->flags & H2_END_STREAM;
    if (fault)
        return fault;
    if (frame->stream <= guard->last_stream) { /* trailers, or what h2o refuses */
        if (is_last)
            forget(guard, body_of(guard, frame->stream));
        return control(guard);
    }
    guard->last_stream = frame->stream;
    if (++guard->requests > guard->limits->http2_requests)
        return "http2_requests";
    return is_last ? NULL : begin_body(guard, now_ms);
}

static const char *on_continuation(struct h2guard *guard)
{
    const char *fault = count_head(guard, false);
    guard->has_continuation = true;
    return fault ? fault : control(guard);
}

static const char *on_reset(struct h2guard *guard)
{
    forget(guard, body_of(guard, guard->walk.frame.stream));
    return ++guard->resets > guard->limits->http2_resets ? "http2_resets" : NULL;
}

static const char *on_window_update(struct h2guard *guard, uint64_t written)
{
    /* One for the stream and one for the connection. */
    uint64_t needed = 2 * ((written - guard->written) / LEAST_FRAME_BYTES);
    return ++guard->updates > guard->limits->http2_control_frames + needed ? "http2_control_frames"
                                                                           : NULL;
}

static const char *on_other(struct h2guard *guard)
{
    guard->has_unknown |= !h2type_is_known(guard->walk.frame.type);
    return control(guard);
}

static const char *on_frame(struct h2guard *guard, uint64_t written, uint64_t now_ms)
{
    switch (guard->walk.frame.type) {
    case H2_DATA:
        return on_data(guard, now_ms);
    case H2_HEADERS:
        return on_headers(guard, now_ms);
    case H2_CONTINUATION:
        return on_continuation(guard);
    case H2_RST_STREAM:
        return on_reset(guard);
    case H2_WINDOW_UPDATE:
        return on_window_update(guard, written);
    default:
        return on_other(guard);
    }
}

static const char *on_piece(struct h2guard *guard, struct span piece)
{
    uint8_t type = guard->walk.frame.type;
    if (type != H2_HEADERS && type != H2_CONTINUATION)
        return NULL;
    h2fields_read(&guard->fields, piece);
    return guard->fields.count > guard->limits->http2_fields ? "http2_fields" : NULL;
}

/* ---- time ---- */

static void begin_second(struct h2guard *guard, uint64_t written, uint64_t now_ms)
{
    guard->second_ms = now_ms;
    guard->written = written;
    guard->requests = guard->resets = guard->given_up = guard->controls = guard->updates = 0;
}

/* A body may take its time as long as it moves; whatever else has begun is to come whole. */
static void note_time(struct h2guard *guard, uint64_t now_ms)
{
    const struct h2walk *walk = &guard->walk;
    struct h2body *body =
        walk->left && walk->frame.type == H2_DATA ? body_of(guard, walk->frame.stream) : NULL;
    if (body)
        body->moved_ms = now_ms;
    if (body || (h2walk_is_between(walk) && !guard->is_in_head))
        guard->head_ms = 0;
    else if (!guard->head_ms)
        guard->head_ms = now_ms;
}

const char *h2guard_read(struct h2guard *guard, struct span bytes, uint64_t written,
                         uint64_t now_ms)
{
    if (now_ms >= guard->second_ms + SECOND_MS)
        begin_second(guard, written, now_ms);
    struct span piece;
    enum h2walk_event event;
    while ((event = h2walk_next(&guard->walk, &bytes, &piece)) != H2WALK_NOTHING) {
        const char *fault =
            event == H2WALK_HEAD ? on_frame(guard, written, now_ms) : on_piece(guard, piece);
        if (fault)
            return fault;
        if (event == H2WALK_HEAD && !guard->is_in_head)
            guard->head_ms = 0;
    }
    note_time(guard, now_ms);
    return NULL;
}

const char *h2guard_late(const struct h2guard *guard, uint64_t now_ms)
{
    bool is_late = guard->head_ms && now_ms > guard->head_ms + guard->limits->request_wait_ms;
    return is_late ? "request_wait_ms" : NULL;
}

uint32_t h2guard_stuck(struct h2guard *guard, uint64_t now_ms)
{
    for (size_t i = 0; i < guard->body_count; i++) {
        struct h2body *body = &guard->bodies[i];
        if (now_ms <= body->moved_ms + guard->limits->request_wait_ms)
            continue;
        uint32_t stream = body->stream;
        forget(guard, body);
        return stream;
    }
    return 0;
}
