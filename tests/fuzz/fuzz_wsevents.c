/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that are read lie within the body, and written anew they read as the same ones.
 * Unknown ones cannot be written and are left out.
 */
#include <stdint.h>

#include "common/check.h"
#include "common/wsevents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_event(const struct wsevent *event, struct span body)
{
    struct span content = event->content;
    CHECK(event->kind <= WSEVENT_UNKNOWN);
    CHECK(!content.len ||
          (content.at >= body.at && content.at + content.len <= body.at + body.len));
    if (event->kind == WSEVENT_CLOSE)
        CHECK(content.len != 1);
    if (event->kind == WSEVENT_PING || event->kind == WSEVENT_PONG)
        CHECK(content.len <= 125);
}

static bool next_known(struct wsevent *event, struct span *rest)
{
    const char *why;
    struct span body = *rest;
    while (wsevent_next(event, rest, &why)) {
        CHECK(!why && rest->len < body.len);
        check_event(event, body);
        if (event->kind != WSEVENT_UNKNOWN)
            return true;
    }
    CHECK(why || !rest->len);
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span body = span((const char *)data, size);
    struct buf written = {0};
    struct wsevent event, same;
    for (struct span rest = body; next_known(&event, &rest);)
        wsevent_write(&written, event.kind, event.content);

    struct span again = buf_span(&written);
    for (struct span rest = body; next_known(&event, &rest);) {
        bool is_there = next_known(&same, &again);
        CHECK(is_there && same.kind == event.kind && span_equal(same.content, event.content));
    }
    CHECK(!again.len);
    buf_done(&written);
    return 0;
}
