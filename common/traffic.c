/* SPDX-License-Identifier: Apache-2.0 */
#include "common/traffic.h"

const char *const traffic_keys[TRAFFIC_COUNT] = {
#define TRAFFIC(name, key) [TRAFFIC_##name] = (key),
#include "common/traffic.def"
};

/* All there are have three digits. */
#define STATUS_BYTES 3

static size_t headers_bytes(const struct header *headers, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += headers[i].name.len + headers[i].value.len;
    return bytes;
}

size_t traffic_request_head(struct span method, struct span path, const struct header *headers,
                            size_t count)
{
    return method.len + path.len + headers_bytes(headers, count);
}

size_t traffic_answer_head(struct span reason, const struct header *headers, size_t count)
{
    return STATUS_BYTES + reason.len + headers_bytes(headers, count);
}
