/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/message.h"

#include <jansson.h>

#include "common/mem.h"
#include "common/tnetstring.h"
#include "publisher/ingest.h"

json_t *message_read_tnetstring(struct span text, const struct limits *limits, char **why)
{
    const char *fault;
    json_t *value = tnetstring_read(text, limits->publish_depth, &fault);
    if (!value)
        *why = mem_printf("The message is not a tnetstring: %s.", fault);
    return value;
}

/* An item may stand where a request has a list of them. Takes: `item`. */
static json_t *envelope(json_t *item)
{
    json_t *items = json_array(), *object = json_object();
    (void)json_array_append_new(items, item);
    (void)json_object_set_new_nocheck(object, "items", items);
    return object;
}

struct batch *message_read(struct span message, struct span channel, const struct limits *limits,
                           char **why)
{
    bool is_json = span_starts(message, SPAN("J"));
    bool is_marked = is_json || span_starts(message, SPAN("T"));
    message = span_skip(message, is_marked);
    json_t *item = is_json ? ingest_parse(message, limits, why)
                           : message_read_tnetstring(message, limits, why);
    if (!item)
        return NULL;
    if (channel.at && json_is_object(item))
        (void)json_object_set_new_nocheck(item, "channel",
                                          json_stringn_nocheck(channel.at, channel.len));
    json_t *object = envelope(item);
    return ingest_items(&object, !is_json, limits, why);
}
