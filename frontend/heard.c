/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/heard.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "frontend/hold.h"

void heard_init(struct heard *heard, size_t routes)
{
    CHECK(routes <= (size_t)UINT16_MAX + 1);
    *heard = (struct heard){.routes = routes};
    heard->all = mem_new(routes * sizeof(*heard->all));
    heard->touched = mem_new(routes * sizeof(*heard->touched));
    heard->told = mem_new(routes * sizeof(*heard->told));
}

void heard_done(struct heard *heard)
{
    free(heard->all);
    free(heard->touched);
    free(heard->told);
    *heard = (struct heard){0};
}

void heard_touch(struct heard *heard, uint16_t route)
{
    heard->all[route].is_touched = true;
    heard->touched[heard->touched_count++] = route;
}

/* Returns: how many holds of one route heard it. */
static uint32_t add_route(const struct heard_route *route, size_t place, struct hearing *hearing)
{
    uint32_t sum = 0;
    for (int format = 0; format < FORMAT_COUNT; format++) {
        hearing->heard[format] += route->counts[format][place];
        sum += route->counts[format][place];
    }
    return sum;
}

void heard_sum(struct heard *heard, size_t place, struct hearing *hearing)
{
    CHECK(place < HEARD_RUN);
    size_t told = 0;
    memset(hearing->heard, 0, sizeof(hearing->heard));
    for (size_t i = 0; i < heard->touched_count; i++) {
        uint16_t number = heard->touched[i];
        if (add_route(&heard->all[number], place, hearing) && number)
            heard->told[told++] = number;
    }
    hearing->routes = span((const char *)heard->told, told * sizeof(*heard->told));
}

/* Whether its clients get anything: hints and refreshes are for origins. */
static bool is_sent(enum action action)
{
    return action == ACTION_SEND || action == ACTION_CLOSE;
}

/* Returns: how many deliveries the run was to holds of one kind. */
static uint64_t count_format(const uint32_t *counts, enum format_kind kind,
                             const struct publication *run, size_t len, struct traffic *traffic)
{
    uint64_t sent = 0, bytes = 0, messages = 0;
    for (size_t i = 0; i < len; i++) {
        const struct format *format = &run[i].item.formats[kind];
        sent += is_sent(format->action) ? counts[i] : 0;
        if (format->action != ACTION_SEND)
            continue;
        bytes += counts[i] * (uint64_t)format->content.len;
        messages += counts[i];
    }
    if (kind != FORMAT_RESPONSE)
        traffic_add(traffic, TRAFFIC_client_content_bytes_sent, bytes);
    if (kind == FORMAT_WS)
        traffic_add(traffic, TRAFFIC_client_messages_sent, messages);
    return sent;
}

static void count_route(const struct heard_route *route, const struct publication *run, size_t len,
                        struct traffic *traffic)
{
    uint64_t sent[FORMAT_COUNT];
    for (enum format_kind kind = 0; kind < FORMAT_COUNT; kind++)
        sent[kind] = count_format(route->counts[kind], kind, run, len, traffic);
    traffic_add(traffic, TRAFFIC_sent,
                sent[FORMAT_RESPONSE] + sent[FORMAT_STREAM] + sent[FORMAT_WS]);
    traffic_add(traffic, TRAFFIC_http_response_sent, sent[FORMAT_RESPONSE]);
}

void heard_count(const struct heard *heard, const struct publication *run, size_t len,
                 struct traffic *traffic)
{
    for (size_t i = 0; i < heard->touched_count; i++) {
        uint16_t number = heard->touched[i];
        count_route(&heard->all[number], run, len, &traffic[number]);
    }
}

void heard_clear(struct heard *heard)
{
    for (size_t i = 0; i < heard->touched_count; i++)
        heard->all[heard->touched[i]] = (struct heard_route){0};
    heard->touched_count = 0;
}
