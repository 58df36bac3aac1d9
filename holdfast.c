/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "common/config.h"
#include "common/options.h"

int main(int argc, char **argv)
{
    enum verb verb;
    char *why = NULL;
    struct config *config = config_read(argc, argv, &verb, &why);

    if (!config) {
        (void)fputs(why, stderr);
        free(why);
        return EX_CONFIG;
    }
    if (verb == VERB_PRINT_CONFIG)
        config_print(config, stdout);
    else if (verb == VERB_DOCUMENT)
        options_document(stdout);
    else if (verb == VERB_VERSION)
        (void)puts("holdfast " HOLDFAST_VERSION);
    else if (verb == VERB_CHECK)
        (void)puts("the configuration is good");
    config_free(config);
    return EX_OK;
}
