/* SPDX-License-Identifier: Apache-2.0 */
#include "common/jsonvalue.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"

const char *jsonvalue_read(json_t **value, struct span text, const struct jsonvalue_faults *faults)
{
    json_error_t error;
    *value = json_loadb(text.at, text.len,
                        JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (*value)
        return NULL;
    switch (json_error_code(&error)) {
    case json_error_duplicate_key:
        return faults->same_key_twice;
    case json_error_numeric_overflow:
        return faults->number_too_large;
    default:
        return faults->not_json;
    }
}

/* NOLINTBEGIN(misc-no-recursion): the depth is bounded, see jsonvalue.h */

/* Of a value, but for what an array or object holds, and at least of its text. */
static size_t bytes_alone(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return json_string_length(value) + 2;
    case JSON_FALSE:
        return 5;
    case JSON_TRUE:
    case JSON_NULL:
        return 4;
    case JSON_OBJECT: /* one bracket: the other is counted for the comma that the last lacks */
    case JSON_ARRAY:
    case JSON_INTEGER:
    case JSON_REAL:
        break;
    }
    return 1;
}

static void add_inner(struct jsonvalue_size *all, size_t place_bytes, json_t *value)
{
    struct jsonvalue_size inner = jsonvalue_measure(value);
    all->bytes += place_bytes + inner.bytes;
    if (all->nesting < inner.nesting + 1)
        all->nesting = inner.nesting + 1;
}

struct jsonvalue_size jsonvalue_measure(json_t *value)
{
    struct jsonvalue_size all = {bytes_alone(value), json_is_array(value) || json_is_object(value)};
    size_t at;
    const char *key;
    json_t *inner;
    json_array_foreach(value, at, inner)
    {
        add_inner(&all, JSONVALUE_ELEMENT_BYTES, inner);
    }
    json_object_foreach(value, key, inner)
    {
        add_inner(&all, JSONVALUE_MEMBER_BYTES + strlen(key), inner);
    }
    return all;
}

/* Exact also where a double could not hold the integer. */
static bool integer_is_real(json_int_t integer, double real)
{
    return real >= -0x1p63 && real < 0x1p63 && trunc(real) == real && (json_int_t)real == integer;
}

static bool numbers_are_equal(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    if (json_is_integer(a))
        return integer_is_real(json_integer_value(a), json_real_value(b));
    if (json_is_integer(b))
        return integer_is_real(json_integer_value(b), json_real_value(a));
    return json_real_value(a) == json_real_value(b);
}

static bool arrays_are_equal(const json_t *a, const json_t *b)
{
    if (json_array_size(a) != json_array_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!jsonvalue_equal(json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

static bool objects_are_equal(json_t *a, json_t *b)
{
    const char *key;
    json_t *value;
    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_foreach(a, key, value)
    {
        json_t *other = json_object_get(b, key);
        if (!other || !jsonvalue_equal(value, other))
            return false;
    }
    return true;
}

bool jsonvalue_equal(json_t *a, json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return numbers_are_equal(a, b);
    if (json_typeof(a) != json_typeof(b))
        return false;
    switch (json_typeof(a)) {
    case JSON_STRING:
        return span_equal(json_span(a), json_span(b));
    case JSON_ARRAY:
        return arrays_are_equal(a, b);
    case JSON_OBJECT:
        return objects_are_equal(a, b);
    default:
        return true; /* true, false or null, of which there is one each */
    }
}

static void write_escape(struct buf *out, char byte)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *found = byte ? strchr(from, byte) : NULL;
    if (found)
        buf_append(out, span((const char[]){'\\', to[found - from]}, 2));
    else
        buf_printf(out, "\\u%04x", (unsigned char)byte);
}

static bool is_plain(char byte)
{
    return (unsigned char)byte >= ' ' && byte != '"' && byte != '\\';
}

static void write_string(struct buf *out, struct span text)
{
    buf_append(out, SPAN("\""));
    while (text.len) {
        size_t plain = 0;
        while (plain < text.len && is_plain(text.at[plain]))
            plain++;
        buf_append(out, span(text.at, plain));
        text = span_skip(text, plain);
        if (!text.len)
            break;
        write_escape(out, text.at[0]);
        text = span_skip(text, 1);
    }
    buf_append(out, SPAN("\""));
}

static void write_integer(struct buf *out, json_int_t integer)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, integer);
    buf_append(out, span_of(text));
}

/* The fewest digits that read as the same number: 17 always do. */
static void write_real(struct buf *out, double real)
{
    char text[32];
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    buf_append(out, span_of(text));
    if (!strpbrk(text, ".e")) /* it shall stay a real, as jansson writes it */
        buf_append(out, SPAN(".0"));
}

static void write_array(struct buf *out, const json_t *array)
{
    buf_append(out, SPAN("["));
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i)
            buf_append(out, SPAN(","));
        jsonvalue_write(out, json_array_get(array, i));
    }
    buf_append(out, SPAN("]"));
}

struct member {
    const char *key;
    json_t *value;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static void write_object(struct buf *out, json_t *object)
{
    size_t count = 0;
    struct member *members = mem_grow(NULL, json_object_size(object) + 1, sizeof(*members));
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        members[count++] = (struct member){key, value};
    }
    qsort(members, count, sizeof(*members), by_key);
    buf_append(out, SPAN("{"));
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_append(out, SPAN(","));
        write_string(out, span_of(members[i].key));
        buf_append(out, SPAN(":"));
        jsonvalue_write(out, members[i].value);
    }
    buf_append(out, SPAN("}"));
    free(members);
}

void jsonvalue_write(struct buf *out, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(out, value);
        break;
    case JSON_ARRAY:
        write_array(out, value);
        break;
    case JSON_STRING:
        write_string(out, json_span(value));
        break;
    case JSON_INTEGER:
        write_integer(out, json_integer_value(value));
        break;
    case JSON_REAL:
        write_real(out, json_real_value(value));
        break;
    case JSON_TRUE:
        buf_append(out, SPAN("true"));
        break;
    case JSON_FALSE:
        buf_append(out, SPAN("false"));
        break;
    case JSON_NULL:
        buf_append(out, SPAN("null"));
        break;
    }
}

/* NOLINTEND(misc-no-recursion) */
