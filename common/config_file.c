/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_file.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "common/config_lines.h"
#include "common/file.h"
#include "common/mem.h"

#define TEXT_BYTES 256

/* Where libcyaml puts the value of one option. */
struct slot {
    union {
        char *one;
        char **many;
        struct slot *section; /* of the limits, behind the last option */
    };
    uint32_t count; /* of `many` */
};

struct schema {
    cyaml_schema_field_t *fields, *limits; /* owned; one for each row, then a terminator */
    cyaml_schema_value_t top;
};

/* What libcyaml said while it refused: the fault, then the fields around it. */
struct refusal {
    char said[TEXT_BYTES];
    char fields[2][TEXT_BYTES]; /* innermost first */
    size_t depth;
    unsigned item; /* of the innermost, 0 outside of lists */
};

static const cyaml_schema_value_t item_schema = {
    .type = CYAML_STRING,
    .flags = CYAML_FLAG_POINTER,
    .data_size = 1,
    .string = {.min = 0, .max = CYAML_UNLIMITED},
};

static cyaml_schema_field_t field_of(const struct option_row *row, size_t index)
{
    cyaml_schema_field_t field = {
        .key = row->key,
        .data_offset = (uint32_t)(index * sizeof(struct slot)),
        .value = {.flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL},
    };

    if (row->is_list) {
        field.value.type = CYAML_SEQUENCE;
        field.value.data_size = sizeof(char *);
        field.value.sequence.entry = &item_schema;
        field.value.sequence.max = CYAML_UNLIMITED;
        field.count_offset = field.data_offset + (uint32_t)offsetof(struct slot, count);
        field.count_size = sizeof(uint32_t);
    } else {
        field.value.type = CYAML_STRING;
        field.value.data_size = 1;
        field.value.string.max = CYAML_UNLIMITED;
    }
    return field;
}

static void schema_init(struct schema *schema)
{
    size_t limits = option_row_count - OPTION_LIMITS;
    size_t last = 0;

    schema->limits = mem_new((limits + 1) * sizeof(*schema->limits));
    for (size_t i = 0; i < limits; i++)
        schema->limits[i] = field_of(&option_rows[OPTION_LIMITS + i], i);

    schema->fields = mem_new((OPTION_LIMITS + 2) * sizeof(*schema->fields));
    for (size_t i = 0; i < OPTION_LIMITS; i++) {
        if (option_rows[i].kind != KIND_FLAG_ONLY)
            schema->fields[last++] = field_of(&option_rows[i], i);
    }
    schema->fields[last] = (cyaml_schema_field_t){
        .key = "limits",
        .data_offset = OPTION_LIMITS * sizeof(struct slot),
        .value = {.type = CYAML_MAPPING,
                  .flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL,
                  .data_size = (uint32_t)(limits * sizeof(struct slot)),
                  .mapping = {.fields = schema->limits}},
    };
    schema->top = (cyaml_schema_value_t){
        .type = CYAML_MAPPING,
        .flags = CYAML_FLAG_POINTER,
        .data_size = (OPTION_LIMITS + 1) * sizeof(struct slot),
        .mapping = {.fields = schema->fields},
    };
}

static void schema_done(struct schema *schema)
{
    free(schema->fields);
    free(schema->limits);
}

static void on_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct refusal *refusal = context;
    char text[TEXT_BYTES];

    (void)level;
    (void)vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    if (!*refusal->said)
        memcpy(refusal->said, text, sizeof(text));
    else if (refusal->depth == 0 && sscanf(text, " in sequence entry '%u'", &refusal->item) == 1)
        return;
    else if (refusal->depth < ARRAY_LEN(refusal->fields) &&
             sscanf(text, " in mapping field '%255[^']'", refusal->fields[refusal->depth]) == 1)
        refusal->depth++;
}

/* Returns: what follows `start` in libcyaml's words, or NULL. */
static const char *said_behind(const struct refusal *refusal, const char *start)
{
    size_t len = strlen(start);
    return strncmp(refusal->said, start, len) == 0 ? refusal->said + len : NULL;
}

static char *at_line(const char *path, unsigned line, char *sentence)
{
    char *all =
        line ? mem_printf("%s:%u: %s", path, line, sentence) : mem_printf("%s: %s", path, sentence);
    free(sentence);
    return all;
}

/* A key that is not one of ours, or stands twice. */
static char *key_fault(const char *path, const struct config_lines *lines, const char *outer,
                       const char *key, bool is_twice)
{
    unsigned line = config_lines_find(lines, outer ? outer : key, outer ? key : NULL, 0);

    if (is_twice)
        return at_line(path, line, mem_printf("%s: it stands here a second time", key));
    return at_line(
        path, line,
        mem_printf(outer ? "%s: there is no such limit" : "%s: there is no such option", key));
}

/* A list where one value belongs, and the like. */
static char *shape_fault(const char *path, const struct config_lines *lines,
                         const struct refusal *refusal)
{
    const char *key = refusal->fields[0];
    const char *outer = refusal->depth > 1 ? refusal->fields[1] : NULL;
    unsigned line =
        config_lines_find(lines, outer ? outer : key, outer ? key : NULL, refusal->item);

    if (refusal->depth == 0)
        return at_line(path, 1, mem_printf("the file must be a mapping of options: KEY: VALUE"));
    if (refusal->item)
        return at_line(path, line, mem_printf("%s: each item of the list is one value", key));
    const char *wanted = said_behind(refusal, "Load: Expecting SEQUENCE") ? "a list, such as [A, B]"
                         : said_behind(refusal, "Load: Expecting MAPPING")
                             ? "a mapping of KEY: VALUE"
                             : "one value";
    return at_line(path, line, mem_printf("%s: it wants %s", key, wanted));
}

static char *fault(const char *path, const struct config_lines *lines,
                   const struct refusal *refusal, cyaml_err_t error)
{
    const char *inner = refusal->depth > 0 ? refusal->fields[0] : NULL;
    const char *outer = refusal->depth > 1 ? refusal->fields[1] : NULL;
    const char *key;

    if ((key = said_behind(refusal, "Load: Unexpected key: ")))
        return key_fault(path, lines, inner, key, false);
    if ((key = said_behind(refusal, "Load: Mapping field already seen: ")))
        return key_fault(path, lines, outer, key, true);
    if (said_behind(refusal, "Load: Expecting "))
        return shape_fault(path, lines, refusal);
    /* What is left is YAML that no configuration needs: aliases, lists as keys. */
    unsigned line =
        inner ? config_lines_find(lines, outer ? outer : inner, outer ? inner : NULL, 0) : 0;
    return at_line(path, line,
                   mem_printf("this is not understood here (%s)", cyaml_strerror(error)));
}

struct placing {
    const char *path;
    const struct config_lines *lines;
    struct settings *settings;
};

static void place(const struct placing *placing, const struct option_row *row, unsigned item,
                  const char *text)
{
    unsigned line = row->section ? config_lines_find(placing->lines, row->section, row->key, item)
                                 : config_lines_find(placing->lines, row->key, NULL, item);
    char *where = mem_printf("%s:%u", placing->path, line);

    settings_put(placing->settings, row, SOURCE_FILE, span_of(text), where);
    free(where);
}

static void place_slots(const struct placing *placing, const struct slot *slots, size_t first,
                        size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct slot *slot = &slots[i - first];
        if (!option_rows[i].is_list && slot->one)
            place(placing, &option_rows[i], 0, slot->one);
        for (uint32_t item = 0; item < slot->count; item++)
            place(placing, &option_rows[i], item + 1, slot->many[item]);
    }
}

static char *load(const struct placing *placing, struct span text)
{
    struct refusal refusal = {0};
    struct schema schema;
    struct slot *slots = NULL;
    cyaml_config_t config = {.log_fn = on_log,
                             .log_ctx = &refusal,
                             .log_level = CYAML_LOG_ERROR,
                             .mem_fn = cyaml_mem,
                             .flags = CYAML_CFG_NO_ALIAS};
    char *why = NULL;

    schema_init(&schema);
    cyaml_err_t error = cyaml_load_data((const uint8_t *)text.at, text.len, &config, &schema.top,
                                        (cyaml_data_t **)&slots, NULL);
    if (error != CYAML_OK) {
        why = fault(placing->path, placing->lines, &refusal, error);
    } else if (slots) {
        place_slots(placing, slots, 0, OPTION_LIMITS);
        if (slots[OPTION_LIMITS].section)
            place_slots(placing, slots[OPTION_LIMITS].section, OPTION_LIMITS, option_row_count);
    }
    cyaml_free(&config, &schema.top, slots, 0);
    schema_done(&schema);
    return why;
}

char *config_file_read(const char *path, struct settings *settings)
{
    size_t len;
    char *why = NULL;
    char *text = file_read(path, &len, &why);
    struct config_lines *lines = text ? config_lines_read(span(text, len), &why) : NULL;

    char *sentence = NULL;
    if (!text)
        sentence = mem_printf("%s: %s", path, why);
    else if (!lines)
        sentence = mem_printf("%s:%s", path, why);
    else if (config_lines_count(lines) > 0)
        sentence = load(&(struct placing){path, lines, settings}, span(text, len));
    config_lines_free(lines);
    free(text);
    free(why);
    return sentence;
}
