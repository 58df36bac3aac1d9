/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the YAML file: what is taken has its line, what is refused has a sentence with
 * its place.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/config_file.h"

#define PATH "file.yaml"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings *settings = settings_new();
    char *why = config_file_parse(span((const char *)data, size), PATH, settings);

    CHECK(!why || span_starts(span_of(why), SPAN(PATH ":")));
    for (size_t i = 0; i < option_row_count && !why; i++) {
        const struct setting *setting = settings_get(settings, &option_rows[i]);
        for (size_t j = 0; j < setting->count; j++)
            CHECK(strtoul(setting->values[j].where + sizeof(PATH), NULL, 10) > 0);
    }
    free(why);
    settings_free(settings);
    return 0;
}
