/* SPDX-License-Identifier: Apache-2.0 */
#include "common/gripvalue.h"

/* Cuts `*rest` at the first `separator` outside of quotes, as span_cut().
 * Returns: false where a quote is not closed; `*rest` is then empty. */
static bool cut_unquoted(struct span *rest, char separator, struct span *part)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < rest->len; at++) {
        char c = rest->at[at];
        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            at++;
        else if (!quoted && c == separator)
            break;
    }
    bool found = at < rest->len;
    *part = span_trim(span(rest->at, found ? at : rest->len));
    *rest = span_skip(*rest, found ? at + 1 : rest->len);
    return !quoted;
}

/* Unquotes `text`, which begins with a quote; what stands behind the closing one is ignored.
 * Returns: false where the closing one is missing. */
static bool unquote(struct span *value, struct arena *arena, struct span text)
{
    char *bytes = arena_alloc(arena, text.len);
    size_t len = 0;
    for (size_t at = 1; at < text.len; at++) {
        if (text.at[at] == '"') {
            *value = span(bytes, len);
            return true;
        }
        if (text.at[at] == '\\' && ++at == text.len)
            return false;
        bytes[len++] = text.at[at];
    }
    return false;
}

/* Reads `name`, `name=token` or `name="quoted"`. */
static bool read_param(struct header *param, struct arena *arena, struct span text)
{
    struct span rest = text;
    param->name = span_trim(span_cut(&rest, '='));
    param->value = span_trim(rest);
    if (param->name.len == text.len)
        param->value = (struct span){NULL, 0};
    if (param->value.len && param->value.at[0] == '"')
        return unquote(&param->value, arena, param->value);
    return true;
}

static bool read_params(struct gripvalue *value, struct arena *arena, struct span rest)
{
    while (rest.len) {
        struct span text;
        struct header param;
        if (!cut_unquoted(&rest, ';', &text) || !read_param(&param, arena, text))
            return false;
        if (!param.name.len)
            continue;
        value->params =
            arena_grow(arena, value->params, value->param_count, sizeof(*value->params));
        value->params[value->param_count++] = param;
    }
    return true;
}

bool gripvalue_read(struct gripvalue *value, struct arena *arena, struct span element)
{
    *value = (struct gripvalue){.first = span_trim(span_cut(&element, ';'))};
    return read_params(value, arena, element);
}

bool gripvalue_next(struct gripvalue *value, struct arena *arena, struct span *rest)
{
    while (rest->len) {
        struct span element;
        if (cut_unquoted(rest, ',', &element) && gripvalue_read(value, arena, element))
            return true;
    }
    return false;
}

bool gripvalue_next_params(struct gripvalue *value, struct arena *arena, struct span *rest)
{
    while (rest->len) {
        struct span element;
        *value = (struct gripvalue){.first = {NULL, 0}};
        if (cut_unquoted(rest, ',', &element) && read_params(value, arena, element))
            return true;
    }
    return false;
}

struct span gripvalue_param(const struct gripvalue *value, struct span name)
{
    struct span found = {NULL, 0};
    for (size_t i = 0; i < value->param_count; i++)
        if (span_equal(value->params[i].name, name))
            found = value->params[i].value;
    return found;
}
