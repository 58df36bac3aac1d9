/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body, an empty line, a patch. What comes out is JSON within the bound that an empty patch
 * leaves as it is; what fails leaves nothing behind.
 */
#include <stdint.h>

#include <jansson.h>

#include "common/check.h"
#include "common/jsonpatch.h"

#define MOST 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_result(struct span text)
{
    struct buf again = {0};
    json_t *json = json_loadb(text.at, text.len,
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    CHECK(json && text.len <= MOST);
    if (json_is_object(json) || json_is_array(json)) {
        const char *why = jsonpatch_apply(&again, text, SPAN("[]"), MOST);
        CHECK(!why && span_equal(buf_span(&again), text));
    }
    json_decref(json);
    buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = span((const char *)data, size);
    const char *gap = size ? memmem(all.at, all.len, "\n\n", 2) : NULL;
    struct span base = gap ? span(all.at, (size_t)(gap - all.at) + 1) : SPAN("{\"a\":[1]}");
    struct span patch = gap ? span_skip(all, base.len + 1) : all;
    struct buf out = {0};
    const char *unfit = jsonpatch_check(patch);
    const char *why = jsonpatch_apply(&out, base, patch, MOST);
    CHECK(!unfit || unfit == why);
    if (why)
        CHECK(!out.len);
    else
        check_result(buf_span(&out));
    buf_done(&out);
    return 0;
}
