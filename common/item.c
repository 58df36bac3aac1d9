/* SPDX-License-Identifier: Apache-2.0 */
#include "common/item.h"

#include "common/check.h"

const char *format_name(enum format_kind kind)
{
    static const char *const names[FORMAT_COUNT] = {
        [FORMAT_RESPONSE] = "http-response",
        [FORMAT_STREAM] = "http-stream",
        [FORMAT_WS] = "ws-message",
    };
    CHECK(kind < FORMAT_COUNT);
    return names[kind];
}
