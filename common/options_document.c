/* SPDX-License-Identifier: Apache-2.0 */
#include "common/options.h"

#include <stdlib.h>

#include "common/limits.h"
#include "common/quantity.h"

static const char introduction[] =
    "# Configuration\n"
    "\n"
    "holdfast works without any configuration: it serves a demo on 127.0.0.1:7999. This page is made\n"
    "from the table of options in the program (`holdfast document`), so it is never behind it.\n"
    "\n"
    "Four sources, each winning over those before it: defaults, a YAML file (`--config FILE`),\n"
    "environment variables, flags. `holdfast check` says whether the configuration is good,\n"
    "`holdfast --print-config` shows every value in force and where it came from.\n"
    "\n"
    "Lists are YAML lists in the file, one line each in a variable, and repeated flags. No secret\n"
    "needs to stand on the command line: use the file, a variable, or `file:PATH`.\n";

static void write_option(const struct option_row *row, FILE *out)
{
    char *variable = option_variable(row);
    (void)fprintf(out, "### `--%s %s`\n\n%s.", row->flag, row->argument, row->help);
    if (row->fallback[0])
        (void)fprintf(out, " Default: `%s`.", row->fallback);
    if (row->is_list)
        (void)fputs(" May be given several times.", out);
    if (row->kind == KIND_FLAG_ONLY)
        (void)fprintf(out, "\n\nVariable `%s`.\n\n", variable);
    else
        (void)fprintf(out, "\n\nIn the file `%s:`, variable `%s`.\n\n", row->key, variable);
    free(variable);
}

static void write_limit(const struct limit_row *row, FILE *out)
{
    char *fallback = quantity_text(row->fallback, row->unit);
    char *least = quantity_text(row->least, row->unit);
    char *most = quantity_text(row->most, row->unit);
    (void)fprintf(out, "| `%s` | %s | %s | %s | %s |\n", row->name, fallback, least, most,
                  row->beyond);
    free(fallback);
    free(least);
    free(most);
}

void options_document(FILE *out)
{
    const char *group = "";
    (void)fputs(introduction, out);
    for (size_t i = 0; i < OPTION_LIMITS; i++) {
        if (strcmp(option_rows[i].group, group) != 0)
            (void)fprintf(out, "\n## %s\n\n", option_rows[i].group);
        group = option_rows[i].group;
        write_option(&option_rows[i], out);
    }
    (void)fputs("## Limits\n\n"
                "Every quantity that an outsider can push against. `--limit NAME=VALUE`, in the file\n"
                "a mapping `limits:`, variables `HOLDFAST_LIMIT_<NAME>`. Sizes may be written `64KiB`\n"
                "or `16MiB`, times `250ms` or `5s`.\n\n"
                "| limit | default | least | most | what happens beyond it |\n"
                "|---|---|---|---|---|\n",
                out);
    for (size_t i = 0; i < limit_row_count; i++)
        write_limit(&limit_rows[i], out);
}
