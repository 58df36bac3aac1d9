/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wohqueue.h"

#include "common/check.h"

void wohqueue_add(struct wohqueue *queue, enum wsevent_kind kind, struct span content)
{
    wsevent_write(&queue->waiting, kind, content);
    queue->has_news = true;
}

/* Our own encoding can be read. */
static bool next(struct wsevent *event, struct span *rest)
{
    const char *why;
    bool has_one = wsevent_next(event, rest, &why);
    CHECK(has_one || !why);
    return has_one;
}

static uint64_t content_bytes(struct span events)
{
    uint64_t bytes = 0;
    for (struct wsevent event; next(&event, &events);)
        bytes += event.content.len;
    return bytes;
}

void wohqueue_take(struct wohqueue *queue, bool is_one_event)
{
    CHECK(!queue->sending.len);
    struct span rest = buf_span(&queue->waiting);
    struct wsevent first;
    if (!is_one_event || !next(&first, &rest))
        rest = span_skip(rest, rest.len);
    struct buf left = {0};
    buf_append(&left, rest);
    queue->waiting.len -= rest.len;
    buf_done(&queue->sending);
    queue->sending = queue->waiting;
    queue->waiting = left;
    uint64_t taken = queue->left_over ? content_bytes(buf_span(&queue->sending)) : 0;
    queue->replayed = taken < queue->left_over ? taken : queue->left_over;
    queue->left_over -= queue->replayed;
    queue->has_news = left.len > 0;
}

/* A close is told whole or not at all. */
static struct span rest_of(const struct wsevent *event, uint64_t accepted)
{
    return event->kind == WSEVENT_CLOSE ? event->content
                                        : span_skip(event->content, (size_t)accepted);
}

/* Appends to `out` the events behind the first `accepted` content bytes. */
static void keep_rest(struct buf *out, struct span events, uint64_t accepted)
{
    for (struct wsevent event; next(&event, &events);) {
        if (accepted >= event.content.len) {
            accepted -= event.content.len;
            continue;
        }
        wsevent_write(out, event.kind, rest_of(&event, accepted));
        buf_append(out, events);
        return;
    }
}

bool wohqueue_settle(struct wohqueue *queue, uint64_t accepted)
{
    struct span sent = buf_span(&queue->sending);
    uint64_t offered = accepted == WOHQUEUE_ALL ? accepted : content_bytes(sent);
    if (accepted > offered)
        return false;
    if (accepted < offered) {
        struct buf kept = {0};
        keep_rest(&kept, sent, accepted);
        queue->left_over += content_bytes(buf_span(&kept));
        buf_append(&kept, buf_span(&queue->waiting));
        buf_done(&queue->waiting);
        queue->waiting = kept;
    }
    buf_done(&queue->sending);
    if (!queue->waiting.len)
        buf_done(&queue->waiting);
    return true;
}

void wohqueue_done(struct wohqueue *queue)
{
    buf_done(&queue->waiting);
    buf_done(&queue->sending);
    *queue = (struct wohqueue){0};
}
