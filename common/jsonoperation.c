/* SPDX-License-Identifier: Apache-2.0 */
#include "common/jsonoperation.h"

#include "common/jsonpointer.h"
#include "common/jsonvalue.h"

enum { OPERATIONS_MOST = 10000 }; /* of one patch */

static const struct {
    struct span name;
    bool has_value, has_from;
} ops[] = {
    [JSONOP_ADD] = {.name = SPAN_INIT("add"), .has_value = true},
    [JSONOP_REMOVE] = {.name = SPAN_INIT("remove")},
    [JSONOP_REPLACE] = {.name = SPAN_INIT("replace"), .has_value = true},
    [JSONOP_MOVE] = {.name = SPAN_INIT("move"), .has_from = true},
    [JSONOP_COPY] = {.name = SPAN_INIT("copy"), .has_from = true},
    [JSONOP_TEST] = {.name = SPAN_INIT("test"), .has_value = true},
};

static const char *read_op(struct jsonoperation *operation, const json_t *op)
{
    size_t known = 0;
    while (known < ARRAY_LEN(ops) && !span_equal(ops[known].name, json_span(op)))
        known++;
    operation->op = (enum jsonop)known;
    return known < ARRAY_LEN(ops) ? NULL : "an operation of the patch has no 'op' of RFC 6902";
}

static bool read_pointer(struct span *pointer, const json_t *text)
{
    if (json_is_string(text))
        *pointer = json_span(text);
    return json_is_string(text) && jsonpointer_is_sound(*pointer);
}

const char *jsonoperation_read(struct jsonoperation *operation, const json_t *json)
{
    if (!json_is_object(json))
        return "an operation of the patch is not a JSON object";
    const char *why = read_op(operation, json_object_get(json, "op"));
    if (why)
        return why;
    if (!read_pointer(&operation->path, json_object_get(json, "path")))
        return "an operation of the patch has no 'path' that is a JSON Pointer";
    if (ops[operation->op].has_from &&
        !read_pointer(&operation->from, json_object_get(json, "from")))
        return "an operation of the patch has no 'from' that is a JSON Pointer";
    operation->value = json_object_get(json, "value");
    if (ops[operation->op].has_value && !operation->value)
        return "an operation of the patch has no 'value'";
    return NULL;
}

static const struct jsonvalue_faults faults_of_patch = {
    .not_json = "the patch is not valid JSON",
    .same_key_twice = "the patch has the same key twice in an object",
    .number_too_large = "the patch has a number that is too large",
};

static const char *check_operations(const json_t *list)
{
    const char *why = NULL;
    struct jsonoperation operation;
    if (!json_is_array(list))
        return "the patch is not a list of operations";
    if (json_array_size(list) > OPERATIONS_MOST)
        return "the patch has more than 10000 operations";
    for (size_t i = 0; i < json_array_size(list) && !why; i++)
        why = jsonoperation_read(&operation, json_array_get(list, i));
    return why;
}

const char *jsonoperations_read(json_t **list, struct span text)
{
    const char *why = jsonvalue_read(list, text, &faults_of_patch);
    if (!why)
        why = check_operations(*list);
    if (why) {
        json_decref(*list);
        *list = NULL;
    }
    return why;
}
