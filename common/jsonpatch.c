/* SPDX-License-Identifier: Apache-2.0 */
#include "common/jsonpatch.h"

#include <jansson.h>

#include "common/arena.h"
#include "common/check.h"
#include "common/jsonoperation.h"
#include "common/jsonpointer.h"
#include "common/jsonvalue.h"

enum {
    WORK_MOST = 16, /* times the most a result may have: bytes that a patch may put in */
};

#define NO_SUCH_PLACE "an operation of the patch names a place that is not there"

const char *jsonpatch_check(struct span operations)
{
    json_t *list;
    const char *why = jsonoperations_read(&list, operations);
    json_decref(list);
    return why;
}

/* A document that is being changed. After a fault it is half changed and thrown away. */
struct patching {
    json_t *box;  /* owned: {"": document} */
    size_t bytes; /* of the document, as jsonvalue_measure() counts */
    size_t most;
    size_t work;        /* bytes that were put in so far, however many were taken out again */
    struct arena arena; /* owned: keys */
};

/* What the place adds to the bytes of its value; the box is not counted. */
static size_t place_bytes(const struct patching *patching, const struct jsonplace *place)
{
    if (place->holder == patching->box)
        return 0;
    return json_is_object(place->holder) ? JSONVALUE_MEMBER_BYTES + place->key.len
                                         : JSONVALUE_ELEMENT_BYTES;
}

/* Finds a place where something is. */
static bool find_value(struct patching *patching, struct jsonplace *place, struct span pointer)
{
    return jsonpointer_find(place, patching->box, pointer, &patching->arena) && place->value;
}

/* Takes the value of a place that has one out of the document. */
static void take_out(struct patching *patching, struct jsonplace *place)
{
    size_t bytes = place_bytes(patching, place) + jsonvalue_measure(place->value).bytes;
    CHECK(patching->bytes >= bytes);
    patching->bytes -= bytes;
    place->value = NULL;
    int failed = json_is_object(place->holder) ? json_object_del(place->holder, place->key.at)
                                               : json_array_remove(place->holder, place->index);
    CHECK(!failed);
}

/* Puts `value`, which the document then shares, in an object's place that is empty, or before what
 * is at an array's. Sizes are asked first: a copy of the whole doubles a document. */
static const char *put_in(struct patching *patching, const struct jsonplace *place, json_t *value)
{
    struct jsonvalue_size size = jsonvalue_measure(value);
    size_t bytes = place_bytes(patching, place) + size.bytes;
    if (place->nesting + size.nesting > JSONVALUE_NESTING_MOST)
        return "the patched document is nested too deep";
    patching->bytes += bytes;
    patching->work += bytes;
    if (patching->bytes > patching->most)
        return "the patched document is too large";
    if (patching->work / WORK_MOST > patching->most)
        return "the patch moves too much";
    int failed = json_is_object(place->holder)
                     ? json_object_set(place->holder, place->key.at, value)
                     : json_array_insert(place->holder, place->index, value);
    CHECK(!failed);
    return NULL;
}

static const char *apply_add(struct patching *patching, struct span path, json_t *value)
{
    struct jsonplace place;
    if (!jsonpointer_find(&place, patching->box, path, &patching->arena))
        return NO_SUCH_PLACE;
    if (place.value && json_is_object(place.holder))
        take_out(patching, &place);
    return put_in(patching, &place, value);
}

static const char *apply_remove(struct patching *patching, struct span path)
{
    struct jsonplace place;
    if (!find_value(patching, &place, path))
        return NO_SUCH_PLACE;
    take_out(patching, &place);
    return NULL;
}

static const char *apply_replace(struct patching *patching, struct span path, json_t *value)
{
    struct jsonplace place;
    if (!find_value(patching, &place, path))
        return NO_SUCH_PLACE;
    take_out(patching, &place);
    return put_in(patching, &place, value);
}

/* Whether `path` leads to something within what `from` leads to. A place has one pointer only, so
 * the texts tell. */
static bool is_within(struct span path, struct span from)
{
    return path.len > from.len && span_starts(path, from) && path.at[from.len] == '/';
}

static const char *apply_move(struct patching *patching, struct span from, struct span path)
{
    struct jsonplace place;
    if (is_within(path, from))
        return "an operation of the patch moves a value into itself";
    if (!find_value(patching, &place, from))
        return NO_SUCH_PLACE;
    json_t *value = json_incref(place.value);
    take_out(patching, &place);
    const char *why = apply_add(patching, path, value);
    json_decref(value);
    return why;
}

static const char *apply_copy(struct patching *patching, struct span from, struct span path)
{
    struct jsonplace place;
    if (!find_value(patching, &place, from))
        return NO_SUCH_PLACE;
    json_t *value = json_deep_copy(place.value);
    CHECK(value);
    const char *why = apply_add(patching, path, value);
    json_decref(value);
    return why;
}

static const char *apply_test(struct patching *patching, struct span path, json_t *value)
{
    struct jsonplace place;
    if (!find_value(patching, &place, path))
        return NO_SUCH_PLACE;
    return jsonvalue_equal(place.value, value) ? NULL : "a test of the patch failed";
}

/* Values go from the patch into the document as they are, not as copies: each is put in once and
 * not looked at again. */
static const char *apply_operation(struct patching *patching, const struct jsonoperation *operation)
{
    switch (operation->op) {
    case JSONOP_ADD:
        return apply_add(patching, operation->path, operation->value);
    case JSONOP_REMOVE:
        return apply_remove(patching, operation->path);
    case JSONOP_REPLACE:
        return apply_replace(patching, operation->path, operation->value);
    case JSONOP_MOVE:
        return apply_move(patching, operation->from, operation->path);
    case JSONOP_COPY:
        return apply_copy(patching, operation->from, operation->path);
    case JSONOP_TEST:
        break;
    }
    return apply_test(patching, operation->path, operation->value);
}

static const struct jsonvalue_faults faults_of_body = {
    .not_json = "the body is not valid JSON",
    .same_key_twice = "the body has the same key twice in an object",
    .number_too_large = "the body has a number that is too large",
};

/* Reads the document and puts it in its box. */
static const char *open_base(struct patching *patching, struct span base)
{
    json_t *document;
    const char *why = jsonvalue_read(&document, base, &faults_of_body);
    patching->box = json_object();
    if (why)
        return why;
    int failed = json_object_set_new(patching->box, "", document);
    CHECK(!failed);
    if (!json_is_object(document) && !json_is_array(document))
        return "the body is not a JSON object or array";
    struct jsonvalue_size size = jsonvalue_measure(document);
    patching->bytes = size.bytes;
    return size.nesting <= JSONVALUE_NESTING_MOST ? NULL : "the body is nested too deep";
}

static struct span line_ending(struct span text)
{
    if (!text.len || text.at[text.len - 1] != '\n')
        return SPAN("");
    return text.len > 1 && text.at[text.len - 2] == '\r' ? SPAN("\r\n") : SPAN("\n");
}

static const char *write_result(struct patching *patching, struct buf *out, struct span base)
{
    json_t *document = json_object_get(patching->box, "");
    size_t before = out->len;
    if (!document)
        return "the patch removes the whole document";
    CHECK(patching->bytes == jsonvalue_measure(document).bytes);
    jsonvalue_write(out, document);
    buf_append(out, line_ending(base));
    if (out->len - before <= patching->most)
        return NULL;
    out->len = before;
    return "the patched document is too large";
}

const char *jsonpatch_apply(struct buf *out, struct span base, struct span operations, size_t most)
{
    json_t *list;
    struct patching patching = {.most = most};
    const char *why = jsonoperations_read(&list, operations);
    if (!why)
        why = open_base(&patching, base);
    for (size_t i = 0; i < json_array_size(list) && !why; i++) {
        struct jsonoperation operation;
        why = jsonoperation_read(&operation, json_array_get(list, i));
        if (!why)
            why = apply_operation(&patching, &operation);
    }
    if (!why)
        why = write_result(&patching, out, base);
    json_decref(list);
    json_decref(patching.box);
    arena_done(&patching.arena);
    return why;
}
