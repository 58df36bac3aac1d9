/* SPDX-License-Identifier: Apache-2.0 */
#include "common/options.h"

#include <ctype.h>

#include "common/limits.h"
#include "common/mem.h"

#define SHAPE_ONE false
#define SHAPE_MANY true

const struct option_row option_rows[] = {
#define OPTION(key_, flag_, argument_, shape, kind_, fallback_, least_, most_, group_, help_)      \
    {.key = #key_,                                                                                 \
     .flag = (flag_),                                                                              \
     .argument = (argument_),                                                                      \
     .fallback = (fallback_),                                                                      \
     .group = GROUP_##group_,                                                                      \
     .help = (help_),                                                                              \
     .least = (least_),                                                                            \
     .most = (most_),                                                                              \
     .kind = KIND_##kind_,                                                                         \
     .is_list = SHAPE_##shape},
#include "common/options.def"
#define LIMIT(name, fallback_, least_, most_, unit, beyond)                                        \
    {.section = "limits",                                                                          \
     .key = #name,                                                                                 \
     .argument = #unit,                                                                            \
     .fallback = #fallback_,                                                                       \
     .group = GROUP_LIMITS,                                                                        \
     .help = (beyond),                                                                             \
     .least = (least_),                                                                            \
     .most = (most_),                                                                              \
     .kind = KIND_##unit},
#include "common/limits.def"
};

const size_t option_row_count = ARRAY_LEN(option_rows);

const struct option_row *option_find(const char *section, struct span key)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (!section == !row->section && row->kind != KIND_FLAG_ONLY &&
            span_equal(key, span_of(row->key)))
            return row;
    }
    return NULL;
}

static char in_variable(char byte)
{
    if (byte == '-')
        return '_';
    return (char)toupper((unsigned char)byte);
}

char *option_variable(const struct option_row *row)
{
    char *name = row->section ? mem_printf("HOLDFAST_LIMIT_%s", row->key)
                              : mem_printf("HOLDFAST_%s", row->flag);

    for (char *at = name; *at; at++)
        *at = in_variable(*at);
    return name;
}
