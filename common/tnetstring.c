/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tnetstring.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/check.h"

/* Digits of a length, and of an integer that surely fits; of a float, more than any needs. */
#define LENGTH_DIGITS 9
#define INTEGER_DIGITS 18
#define FLOAT_BYTES 64

struct reader {
    uint64_t most_nested;
    const char *why; /* the first fault */
};

static json_t *refuse(struct reader *reader, const char *why)
{
    if (!reader->why)
        reader->why = why;
    return NULL;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Takes "12:" off the front of `*rest`. */
static bool read_length(struct span *rest, size_t *length)
{
    size_t digits = 0;
    *length = 0;
    for (; digits < rest->len && is_digit(rest->at[digits]); digits++) {
        if (digits == LENGTH_DIGITS)
            return false;
        *length = *length * 10 + (size_t)(rest->at[digits] - '0');
    }
    if (digits == 0 || digits == rest->len || rest->at[digits] != ':')
        return false;
    *rest = span_skip(*rest, digits + 1);
    return true;
}

static json_t *read_integer(struct reader *reader, struct span payload)
{
    bool is_negative = span_starts(payload, SPAN("-"));
    struct span digits = span_skip(payload, is_negative);
    json_int_t number = 0;
    if (digits.len == 0 || digits.len > INTEGER_DIGITS)
        return refuse(reader, "an integer has no digits, or more than 18");
    for (size_t i = 0; i < digits.len; i++) {
        if (!is_digit(digits.at[i]))
            return refuse(reader, "an integer holds something else than digits");
        number = number * 10 + (digits.at[i] - '0');
    }
    return json_integer(is_negative ? -number : number);
}

static json_t *read_float(struct reader *reader, struct span payload)
{
    char text[FLOAT_BYTES];
    char *end;
    if (payload.len == 0 || payload.len >= sizeof(text) ||
        (!is_digit(payload.at[0]) && payload.at[0] != '-'))
        return refuse(reader, "a float is none");
    memcpy(text, payload.at, payload.len);
    text[payload.len] = '\0';
    double number = strtod(text, &end);
    json_t *value = end == text + payload.len ? json_real(number) : NULL; /* NULL for infinity */
    return value ? value : refuse(reader, "a float is none");
}

static json_t *read_bool(struct reader *reader, struct span payload)
{
    if (span_equal(payload, SPAN("true")))
        return json_true();
    if (span_equal(payload, SPAN("false")))
        return json_false();
    return refuse(reader, "a boolean is neither true nor false");
}

/* NOLINTBEGIN(misc-no-recursion): reading is bounded by most_nested, and so is what is written */

static json_t *read_value(struct reader *reader, struct span *rest, uint64_t nested);

static json_t *read_list(struct reader *reader, struct span payload, uint64_t nested)
{
    json_t *list = json_array();
    while (payload.len) {
        json_t *element = read_value(reader, &payload, nested);
        if (!element)
            goto fail;
        (void)json_array_append_new(list, element);
    }
    return list;
fail:
    json_decref(list);
    return NULL;
}

/* Reads a key, which is there; jansson's keys end at a NUL. */
static bool read_key(struct reader *reader, json_t *map, struct span *rest, struct span *key)
{
    size_t length;
    if (!read_length(rest, &length) || rest->len <= length || rest->at[length] != ',')
        return refuse(reader, "a key of a map is no byte string") != NULL;
    *key = span(rest->at, length);
    *rest = span_skip(*rest, length + 1);
    if (length && memchr(key->at, '\0', length))
        return refuse(reader, "a key of a map holds a NUL") != NULL;
    if (json_object_getn(map, key->at, key->len))
        return refuse(reader, "a map contains the same key twice") != NULL;
    return true;
}

static json_t *read_map(struct reader *reader, struct span payload, uint64_t nested)
{
    json_t *map = json_object();
    while (payload.len) {
        struct span key = {NULL, 0};
        if (!read_key(reader, map, &payload, &key))
            goto fail;
        json_t *value = read_value(reader, &payload, nested);
        if (!value)
            goto fail;
        (void)json_object_setn_new_nocheck(map, key.at, key.len, value);
    }
    return map;
fail:
    json_decref(map);
    return NULL;
}

static json_t *read_payload(struct reader *reader, struct span payload, char type, uint64_t nested)
{
    if ((type == '}' || type == ']') && nested >= reader->most_nested)
        return refuse(reader, "it is nested too deep");
    switch (type) {
    case ',':
        return json_stringn_nocheck(payload.at, payload.len);
    case '#':
        return read_integer(reader, payload);
    case '^':
        return read_float(reader, payload);
    case '!':
        return read_bool(reader, payload);
    case '~':
        return payload.len == 0 ? json_null() : refuse(reader, "a null has a payload");
    case '}':
        return read_map(reader, payload, nested + 1);
    case ']':
        return read_list(reader, payload, nested + 1);
    default:
        return refuse(reader, "a type is none of , # ^ ! ~ } ]");
    }
}

/* Takes one value off the front of `*rest`. */
static json_t *read_value(struct reader *reader, struct span *rest, uint64_t nested)
{
    size_t length;
    if (!read_length(rest, &length))
        return refuse(reader, "a value does not begin with its length and a colon");
    if (rest->len <= length)
        return refuse(reader, "a value is longer than what is there");
    struct span payload = span(rest->at, length);
    char type = rest->at[length];
    *rest = span_skip(*rest, length + 1);
    return read_payload(reader, payload, type, nested);
}

json_t *tnetstring_read(struct span text, uint64_t most_nested, const char **why)
{
    struct reader reader = {.most_nested = most_nested};
    json_t *value = read_value(&reader, &text, 0);
    if (value && text.len) {
        json_decref(value);
        value = refuse(&reader, "something stands behind it");
    }
    *why = reader.why;
    return value;
}

/* ---- the other way ---- */

static void write_whole(struct buf *out, struct span payload, char type)
{
    buf_printf(out, "%zu:", payload.len);
    buf_append(out, payload);
    buf_append(out, span(&type, 1));
}

static void write_members(struct buf *out, json_t *map)
{
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value)
    {
        write_whole(out, span_of(key), ',');
        tnetstring_write(out, value);
    }
}

/* A length stands before what it counts, so the inside is written first and aside. */
static void write_container(struct buf *out, json_t *value)
{
    struct buf inside = {0};
    if (json_is_object(value))
        write_members(&inside, value);
    for (size_t i = 0; i < json_array_size(value); i++)
        tnetstring_write(&inside, json_array_get(value, i));
    write_whole(out, buf_span(&inside), json_is_object(value) ? '}' : ']');
    buf_done(&inside);
}

static void write_number(struct buf *out, const json_t *value)
{
    struct buf digits = {0};
    if (json_is_integer(value))
        buf_printf(&digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        buf_printf(&digits, "%.17g", json_real_value(value));
    write_whole(out, buf_span(&digits), json_is_integer(value) ? '#' : '^');
    buf_done(&digits);
}

void tnetstring_write(struct buf *out, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        write_whole(out, span(json_string_value(value), json_string_length(value)), ',');
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        write_number(out, value);
        break;
    case JSON_TRUE:
        write_whole(out, SPAN("true"), '!');
        break;
    case JSON_FALSE:
        write_whole(out, SPAN("false"), '!');
        break;
    case JSON_NULL:
        write_whole(out, SPAN(""), '~');
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        write_container(out, value);
        break;
    }
}

/* NOLINTEND(misc-no-recursion) */
