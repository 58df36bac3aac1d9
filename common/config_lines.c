/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "common/mem.h"

/* Deeper levels are gone through without being noted: no option is that deep. */
#define LEVELS 2

struct mark {
    char *keys[LEVELS]; /* owned; the inner one may be NULL */
    unsigned item;
    unsigned line;
};

struct config_lines {
    struct mark *marks;
    size_t count;
};

/* One open mapping or list. */
struct level {
    bool is_list;
    bool awaits_value; /* of `key`, in a mapping */
    char *key;         /* owned */
    unsigned items;
};

struct walk {
    struct config_lines *lines;
    struct level levels[LEVELS + 1];
    size_t depth;
    unsigned documents;
};

static void note(struct walk *walk, unsigned item, unsigned line)
{
    struct config_lines *lines = walk->lines;
    struct mark mark = {.item = item, .line = line};

    for (size_t i = 0; i < LEVELS && i < walk->depth; i++) {
        const char *key = walk->levels[i].key;
        mark.keys[i] = key ? mem_copy(key, strlen(key)) : NULL;
    }
    lines->marks = mem_grow(lines->marks, lines->count + 1, sizeof(*lines->marks));
    lines->marks[lines->count++] = mark;
}

static struct level *innermost(struct walk *walk)
{
    return walk->depth > 0 && walk->depth <= LEVELS ? &walk->levels[walk->depth - 1] : NULL;
}

/* A key, a value or an item begins; `text` is NULL where it is no scalar. */
static void node(struct walk *walk, const char *text, unsigned line)
{
    struct level *level = innermost(walk);

    if (!level) {
        if (walk->depth == 0 && !(text && !*text))
            note(walk, 0, line);
    } else if (level->is_list) {
        note(walk, ++level->items, line);
    } else if (level->awaits_value) {
        level->awaits_value = false;
    } else {
        free(level->key);
        level->key = mem_copy(text ? text : "", text ? strlen(text) : 0);
        level->awaits_value = true;
        note(walk, 0, line);
    }
}

static void enter(struct walk *walk, bool is_list, unsigned line)
{
    node(walk, NULL, line);
    walk->depth++;
    struct level *level = innermost(walk);
    if (level)
        *level = (struct level){.is_list = is_list};
}

static void leave(struct walk *walk)
{
    struct level *level = innermost(walk);

    if (level) {
        free(level->key);
        level->key = NULL;
    }
    walk->depth--;
}

static void event(struct walk *walk, const yaml_event_t *event)
{
    unsigned line = (unsigned)event->start_mark.line + 1;

    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        walk->documents++;
        break;
    case YAML_SCALAR_EVENT:
        node(walk, (const char *)event->data.scalar.value, line);
        break;
    case YAML_ALIAS_EVENT:
        node(walk, NULL, line);
        break;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        enter(walk, event->type == YAML_SEQUENCE_START_EVENT, line);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        leave(walk);
        break;
    default:
        break;
    }
}

/* Returns: what libyaml could not read, behind its line. */
static char *syntax_fault(const yaml_parser_t *parser, struct span text)
{
    size_t line = parser->problem_mark.line + 1;

    if (parser->error == YAML_READER_ERROR) { /* which knows only the offset */
        line = 1;
        for (size_t i = 0; i < parser->problem_offset && i < text.len; i++)
            line += text.at[i] == '\n';
    }
    return mem_printf("%zu: this is not YAML: %s%s%s", line, parser->context ? parser->context : "",
                      parser->context ? ", " : "", parser->problem ? parser->problem : "no reason");
}

/* Returns: NULL at the end of the file, or the fault. */
static char *walk_through(struct walk *walk, yaml_parser_t *parser, struct span text)
{
    for (bool is_end = false; !is_end;) {
        yaml_event_t next;
        if (!yaml_parser_parse(parser, &next))
            return syntax_fault(parser, text);
        event(walk, &next);
        size_t line = next.start_mark.line + 1;
        is_end = next.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&next);
        if (walk->documents > 1)
            return mem_printf("%zu: a second document begins; there may be only one", line);
    }
    return NULL;
}

struct config_lines *config_lines_read(struct span text, char **why)
{
    struct walk walk = {.lines = mem_new(sizeof(struct config_lines))};
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser)) {
        *why = mem_printf("1: libyaml has no memory");
        config_lines_free(walk.lines);
        return NULL;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
    *why = walk_through(&walk, &parser, text);
    yaml_parser_delete(&parser);
    for (size_t i = 0; i < ARRAY_LEN(walk.levels); i++)
        free(walk.levels[i].key);
    if (!*why)
        return walk.lines;
    config_lines_free(walk.lines);
    return NULL;
}

void config_lines_free(struct config_lines *lines)
{
    if (!lines)
        return;
    for (size_t i = 0; i < lines->count; i++) {
        for (size_t level = 0; level < LEVELS; level++)
            free(lines->marks[i].keys[level]);
    }
    free(lines->marks);
    free(lines);
}

size_t config_lines_count(const struct config_lines *lines)
{
    return lines->count;
}

static bool same(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

unsigned config_lines_find(const struct config_lines *lines, const char *key, const char *inner,
                           unsigned item)
{
    for (size_t i = lines->count; i-- > 0;) {
        const struct mark *mark = &lines->marks[i];
        if (same(mark->keys[0], key) && same(mark->keys[1], inner) && mark->item == item)
            return mark->line;
    }
    return 0;
}
