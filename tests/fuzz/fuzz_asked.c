/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four lines of a publisher's request: target, Host, Accept, Origin. The host
 * that is found lies within one of the first two.
 */
#include <stdint.h>

#include "common/check.h"
#include "router/asked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct span part, struct span whole)
{
    return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = span((const char *)data, size);
    struct span target = span_cut(&rest, '\n');
    struct span host = span_cut(&rest, '\n');
    struct span accept = span_cut(&rest, '\n');
    struct asked asked = asked_read(target, host, SPAN("abc"));
    CHECK(is_within(asked.host, target) || is_within(asked.host, host));
    CHECK(asked_type(accept, ANSWER_JSON) != ANSWER_NONE);
    CHECK(!asked_by_foreigner(rest, asked.host) || !span_equal_nocase(rest, SPAN("http://abc")) ||
          !span_equal_nocase(asked.host, SPAN("abc")));
    CHECK(!asked_by_address(asked.host) || asked.host.len);
    return 0;
}
