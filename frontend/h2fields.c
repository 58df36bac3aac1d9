/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2fields.h"

#define PRIORITY_BYTES 5

/* A number with more bits is none that h2o takes. */
#define MOST_SHIFT 28

void h2fields_begin(struct h2fields *fields, const struct h2frame *frame)
{
    if (frame->type == H2_HEADERS)
        *fields = (struct h2fields){0};
    fields->is_padded = frame->type == H2_HEADERS && frame->flags & H2_PADDED;
    bool has_priority = frame->type == H2_HEADERS && frame->flags & H2_HAS_PRIORITY;
    fields->front = (fields->is_padded ? 1 : 0) + (has_priority ? PRIORITY_BYTES : 0);
    fields->at = 0;
    fields->end = frame->len;
}

static void end_field(struct h2fields *fields)
{
    fields->count++;
    fields->state = H2FIELDS_FIRST;
}

static void end_string(struct h2fields *fields)
{
    if (--fields->strings)
        fields->state = H2FIELDS_LENGTH;
    else
        end_field(fields);
}

static void end_length(struct h2fields *fields)
{
    if (fields->number)
        fields->state = H2FIELDS_SKIP;
    else
        end_string(fields);
}

static void end_index(struct h2fields *fields)
{
    if (fields->strings)
        fields->state = H2FIELDS_LENGTH;
    else
        end_field(fields);
}

/* Returns: whether the number that begins in the low `bits` of `byte` is complete. */
static bool begin_number(struct h2fields *fields, uint8_t byte, unsigned bits)
{
    unsigned most = (1u << bits) - 1;
    fields->number = byte & most;
    fields->shift = 0;
    return fields->number < most;
}

static bool is_number_over(struct h2fields *fields, uint8_t byte)
{
    if (fields->shift <= MOST_SHIFT)
        fields->number += (uint64_t)(byte & 0x7f) << fields->shift;
    fields->shift += 7;
    return !(byte & 0x80);
}

static void on_first(struct h2fields *fields, uint8_t byte)
{
    bool is_indexed = byte & 0x80, is_kept = byte & 0x40, is_size = byte & 0x20;
    unsigned bits = is_indexed ? 7 : is_kept ? 6 : is_size ? 5 : 4;
    bool is_over = begin_number(fields, byte, bits);
    bool has_strings = !is_indexed && (is_kept || !is_size);
    fields->strings = has_strings ? (fields->number ? 1 : 2) : 0;
    fields->state = H2FIELDS_INDEX;
    /* A size is counted like a field: who repeats it means no good either. */
    if (is_over)
        end_index(fields);
}

static void on_byte(struct h2fields *fields, uint8_t byte)
{
    switch (fields->state) {
    case H2FIELDS_FIRST:
        on_first(fields, byte);
        break;
    case H2FIELDS_INDEX:
        if (is_number_over(fields, byte))
            end_index(fields);
        break;
    case H2FIELDS_LENGTH:
        fields->state = H2FIELDS_MORE;
        if (begin_number(fields, byte, 7))
            end_length(fields);
        break;
    case H2FIELDS_MORE:
        if (is_number_over(fields, byte))
            end_length(fields);
        break;
    case H2FIELDS_SKIP:
        if (!--fields->number)
            end_string(fields);
        break;
    }
}

void h2fields_read(struct h2fields *fields, struct span piece)
{
    for (size_t i = 0; i < piece.len; i++, fields->at++) {
        uint8_t byte = (uint8_t)piece.at[i];
        if (fields->at == 0 && fields->is_padded)
            fields->end -= byte < fields->end ? byte : fields->end;
        if (fields->at >= fields->front && fields->at < fields->end)
            on_byte(fields, byte);
    }
}
