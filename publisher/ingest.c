/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/ingest.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include "common/mem.h"
#include "publisher/itemread.h"

/* Whether brackets nest deeper than `most`. jansson descends by recursion, so this is asked
 * first. What is no JSON may be counted wrongly; it will be refused all the same. */
static bool is_too_deep(struct span body, uint64_t most)
{
    uint64_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < body.len; i++) {
        char byte = body.at[i];
        if (in_string && byte == '\\')
            i++;
        else if (byte == '"')
            in_string = !in_string;
        else if (!in_string && (byte == '[' || byte == '{') && ++depth > most)
            return true;
        else if (!in_string && (byte == ']' || byte == '}') && depth)
            depth--;
    }
    return false;
}

json_t *ingest_parse(struct span body, const struct limits *limits, char **why)
{
    if (is_too_deep(body, limits->publish_depth)) {
        *why = mem_printf("Invalid format: nested deeper than publish_depth (%" PRIu64 ")",
                          limits->publish_depth);
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(body.at, body.len,
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (json_is_object(json))
        return json;
    if (json)
        *why = mem_printf("Invalid format.");
    else if (json_error_code(&error) == json_error_duplicate_key)
        *why = mem_printf("Invalid format: an object contains the same key twice");
    else
        *why = mem_printf("Body is not valid JSON.");
    json_decref(json);
    return NULL;
}

/* Returns: the list of items in `json`, or NULL with the fault noted. */
static const json_t *find_items(struct reading *reading, const json_t *json)
{
    const struct fields fields = {json, "object", reading};
    const json_t *items = fields_get(&fields, "items");
    size_t most = reading->limits->publish_items;
    if (!items)
        (void)reading_refuse(reading, "object does not contain 'items'");
    else if (!json_is_array(items))
        (void)reading_refuse(reading, "object contains 'items' with wrong type");
    else if (json_array_size(items) == 0)
        (void)reading_refuse(reading, "'items' is empty");
    else if (json_array_size(items) > most)
        (void)reading_refuse(reading, "'items' contains %zu items, more than publish_items (%zu)",
                             json_array_size(items), most);
    return reading->why ? NULL : items;
}

/* Among several items it matters which one is at fault; a lone one gets GRIP's words and no
 * more. */
static void name_item(struct reading *reading, size_t place)
{
    char *why = mem_printf("%s (items[%zu])", reading->why, place);
    free(reading->why);
    reading->why = why;
}

static bool read_items(struct reading *reading, struct batch *batch)
{
    const json_t *list = find_items(reading, batch->json);
    if (!list)
        return false;
    size_t count = json_array_size(list);
    batch->items = arena_alloc(&batch->arena, count * sizeof(*batch->items));
    for (; batch->count < count; batch->count++) {
        if (item_read(reading, json_array_get(list, batch->count), &batch->items[batch->count]))
            continue;
        if (count > 1)
            name_item(reading, batch->count);
        return false;
    }
    return true;
}

struct batch *ingest_items(json_t **json, bool is_raw, const struct limits *limits, char **why)
{
    struct batch *batch = mem_new(sizeof(*batch));
    struct reading reading = {.limits = limits, .arena = &batch->arena, .is_raw = is_raw};
    batch->json = *json;
    *json = NULL;
    if (read_items(&reading, batch))
        return batch;
    *why = mem_printf("Invalid format: %s", reading.why);
    free(reading.why);
    batch_free(batch);
    return NULL;
}

struct batch *ingest_read(struct span body, const struct limits *limits, char **why)
{
    json_t *json = ingest_parse(body, limits, why);
    return json ? ingest_items(&json, false, limits, why) : NULL;
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    json_decref(batch->json);
    arena_done(&batch->arena);
    free(batch);
}
