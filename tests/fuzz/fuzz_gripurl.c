/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arbitrary text as GRIP_URL: what is read can be posted to, and neither what is shown of it nor a
 * complaint holds a line break.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/mem.h"
#include "publisher/gripurl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_copy((const char *)data, size);
    char *why = NULL;
    struct gripurl *url = gripurl_read(text, &why);
    CHECK((url == NULL) == (why != NULL));
    if (url) {
        CHECK(strstr(url->url, "/publish/"));
        CHECK(!strpbrk(url->url, "\r\n "));
        CHECK(url->socket || !strpbrk(url->shown, "\r\n ?"));
        CHECK(!url->user || url->password);
    }
    gripurl_free(url);
    free(why);
    free(text);
    return 0;
}
