/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "common/config_lines.h"
#include "common/config_refusal.h"
#include "common/file.h"
#include "common/mem.h"

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
    cyaml_config_t config = {.log_fn = refusal_note,
                             .log_ctx = &refusal,
                             .log_level = CYAML_LOG_ERROR,
                             .mem_fn = cyaml_mem,
                             .flags = CYAML_CFG_NO_ALIAS};
    char *why = NULL;

    schema_init(&schema);
    cyaml_err_t error = cyaml_load_data((const uint8_t *)text.at, text.len, &config, &schema.top,
                                        (cyaml_data_t **)&slots, NULL);
    if (error != CYAML_OK) {
        why = refusal_sentence(&refusal, error, placing->path, placing->lines);
    } else if (slots) {
        place_slots(placing, slots, 0, OPTION_LIMITS);
        if (slots[OPTION_LIMITS].section)
            place_slots(placing, slots[OPTION_LIMITS].section, OPTION_LIMITS, option_row_count);
    }
    cyaml_free(&config, &schema.top, slots, 0);
    schema_done(&schema);
    return why;
}

char *config_file_parse(struct span text, const char *path, struct settings *settings)
{
    char *why = NULL;
    struct config_lines *lines = config_lines_read(text, &why);
    char *sentence = NULL;

    if (!lines)
        sentence = mem_printf("%s:%s", path, why);
    else if (config_lines_count(lines) > 0)
        sentence = load(&(struct placing){path, lines, settings}, text);
    config_lines_free(lines);
    free(why);
    return sentence;
}

char *config_file_read(const char *path, struct settings *settings)
{
    size_t len;
    char *why = NULL;
    char *text = file_read(path, &len, &why);
    char *sentence =
        text ? config_file_parse(span(text, len), path, settings) : mem_printf("%s: %s", path, why);

    free(text);
    free(why);
    return sentence;
}
