/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/fields.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/check.h"
#include "common/http.h"
#include "common/log.h"
#include "common/utf8.h"

/* Names in faults are cut at this length: they are a stranger's. */
#define NAME_SHOWN 48

bool reading_refuse(struct reading *reading, const char *format, ...)
{
    CHECK(!reading->why);
    va_list args;
    va_start(args, format);
    int len = vasprintf(&reading->why, format, args);
    va_end(args);
    CHECK(len >= 0);
    return false;
}

bool fields_refuse_type(const struct fields *fields, const char *key)
{
    char shown[NAME_SHOWN];
    return reading_refuse(fields->reading, "%s contains '%s' with wrong type", fields->name,
                          log_safe(shown, sizeof(shown), key, strlen(key)));
}

json_t *fields_get(const struct fields *fields, const char *key)
{
    json_t *value = json_object_get(fields->object, key);
    return json_is_null(value) ? NULL : value;
}

bool fields_string(const struct fields *fields, const char *key, struct span *out)
{
    const json_t *value = fields_get(fields, key);
    if (!value)
        return true;
    if (!json_is_string(value))
        return fields_refuse_type(fields, key);
    *out = json_span(value);
    return true;
}

bool fields_line(const struct fields *fields, const char *key, struct span *out)
{
    struct span line = {NULL, 0};
    if (!fields_string(fields, key, &line))
        return false;
    if (!header_value_is_sound(line))
        return reading_refuse(fields->reading, "%s contains '%s' with a control character",
                              fields->name, key);
    if (!utf8_is_sound(line))
        return reading_refuse(fields->reading, "%s contains '%s' that is not UTF-8", fields->name,
                              key);
    if (line.at)
        *out = line;
    return true;
}

/* Returns: the number that a few digits write, -1 for anything else. */
static json_int_t number_of_digits(struct span digits)
{
    if (digits.len == 0 || digits.len > 9)
        return -1;
    json_int_t number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return -1;
        number = number * 10 + (digits.at[i] - '0');
    }
    return number;
}

bool fields_number(const struct fields *fields, const char *key, unsigned least, unsigned most,
                   unsigned *out)
{
    const json_t *value = fields_get(fields, key);
    if (!value)
        return true;
    if (!json_is_integer(value) && !json_is_string(value))
        return fields_refuse_type(fields, key);
    json_int_t number =
        json_is_string(value) ? number_of_digits(json_span(value)) : json_integer_value(value);
    if (number < (json_int_t)least || number > (json_int_t)most)
        return reading_refuse(fields->reading,
                              "%s contains '%s' with invalid value: it must be %u to %u",
                              fields->name, key, least, most);
    *out = (unsigned)number;
    return true;
}

bool fields_bool(const struct fields *fields, const char *key, bool *out)
{
    const json_t *value = fields_get(fields, key);
    if (!value)
        return true;
    if (!json_is_boolean(value))
        return fields_refuse_type(fields, key);
    *out = json_is_true(value);
    return true;
}

bool fields_are_strings(const struct fields *fields, const char *key)
{
    const json_t *list = fields_get(fields, key);
    if (!list)
        return true;
    if (!json_is_array(list))
        return fields_refuse_type(fields, key);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i)))
            return fields_refuse_type(fields, key);
    return true;
}

bool fields_are_string_map(const struct fields *fields, const char *key)
{
    json_t *map = fields_get(fields, key);
    if (!map)
        return true;
    if (!json_is_object(map))
        return fields_refuse_type(fields, key);
    char shown[NAME_SHOWN];
    const char *name;
    json_t *value;
    json_object_foreach(map, name, value)
    {
        if (!json_is_string(value))
            return reading_refuse(fields->reading, "'%s' contains '%s' with wrong type", key,
                                  log_safe(shown, sizeof(shown), name, strlen(name)));
    }
    return true;
}
