/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON behind "c:". Whatever is read keeps the promises of wscontrol.h.
 */
#include <stdint.h>

#include "common/check.h"
#include "common/http.h"
#include "common/wscontrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_channel(const struct wscontrol *control, const struct limits *limits)
{
    CHECK(control->channel.len > 0 && control->channel.len <= limits->channel_bytes);
    CHECK(header_value_is_sound(control->channel));
    CHECK(control->filter_count <= FILTERS_MOST);
    for (size_t i = 0; i < control->filter_count; i++)
        CHECK(control->filters[i].at);
}

static void check_message(const struct wscontrol *control)
{
    CHECK(control->timeout_s > 0 && control->timeout_s <= INT32_MAX);
    CHECK(control->type <= WS_PONG);
    if (control->type == WS_PING || control->type == WS_PONG)
        CHECK(control->content.len <= 125);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wscontrol control;
    struct limits limits;
    limits_init(&limits);
    limits.channel_bytes = 8;
    if (wscontrol_read(&control, span((const char *)data, size), &limits))
        return 0;
    switch (control.kind) {
    case WSCONTROL_SUBSCRIBE:
    case WSCONTROL_UNSUBSCRIBE:
        check_channel(&control, &limits);
        break;
    case WSCONTROL_SET_META:
        CHECK(header_name_is_sound(control.name) && header_value_is_sound(control.value));
        break;
    case WSCONTROL_KEEP_ALIVE:
    case WSCONTROL_SEND_DELAYED:
        check_message(&control);
        break;
    case WSCONTROL_DETACH:
    case WSCONTROL_SESSION:
    case WSCONTROL_FLUSH_DELAYED:
        break;
    }
    wscontrol_done(&control);
    return 0;
}
