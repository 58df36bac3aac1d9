/* SPDX-License-Identifier: Apache-2.0 */
#include "common/jsonpointer.h"

bool jsonpointer_is_sound(struct span pointer)
{
    if (pointer.len && pointer.at[0] != '/')
        return false;
    for (size_t i = 0; i < pointer.len; i++) {
        bool is_last = i + 1 == pointer.len;
        if (pointer.at[i] == '\0')
            return false;
        if (pointer.at[i] == '~' && (is_last || !strchr("01", pointer.at[i + 1])))
            return false;
    }
    return true;
}

static struct span unescape(struct span token, struct arena *arena)
{
    char *key = arena_alloc(arena, token.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < token.len; i++) {
        char byte = token.at[i];
        if (byte == '~')
            byte = token.at[++i] == '0' ? '~' : '/';
        key[len++] = byte;
    }
    return span(key, len);
}

/* Reads "0", "12" without leading zeros, or "-" for `most`. */
static bool read_index(struct span token, size_t most, size_t *index)
{
    bool is_behind_last = span_equal(token, SPAN("-"));
    *index = is_behind_last ? most : 0;
    if (is_behind_last)
        return true;
    if (!token.len || (token.len > 1 && token.at[0] == '0'))
        return false;
    for (size_t i = 0; i < token.len; i++) {
        if (token.at[i] < '0' || token.at[i] > '9')
            return false;
        *index = *index * 10 + (size_t)(token.at[i] - '0');
        if (*index > most)
            return false;
    }
    return true;
}

static bool step(struct jsonplace *place, json_t *holder, struct span token, struct arena *arena)
{
    place->holder = holder;
    if (json_is_object(holder)) {
        place->key = unescape(token, arena);
        place->value = json_object_get(holder, place->key.at);
        return true;
    }
    if (!json_is_array(holder) || !read_index(token, json_array_size(holder), &place->index))
        return false;
    place->value = json_array_get(holder, place->index);
    return true;
}

bool jsonpointer_find(struct jsonplace *place, json_t *box, struct span pointer,
                      struct arena *arena)
{
    const char *end = pointer.at + pointer.len;
    struct span token;
    *place = (struct jsonplace){.value = box};
    for (size_t nesting = 0;; nesting++) {
        token = span_cut(&pointer, '/');
        if (!step(place, place->value, token, arena))
            return false;
        place->nesting = nesting;
        if (token.at + token.len == end)
            return true;
    }
}
