/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An origin's answer to a handshake: in whatever pieces it comes, it is understood the same way,
 * and what is believed is bounded.
 *
 * The first byte says how long the pieces are; the key is random, so a 101 is never the right one.
 */
#include <stdint.h>
#include <stdlib.h>

#include "frontend/origin_upgrade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool promise)
{
    if (!promise)
        abort();
}

struct outcome {
    enum upgrade_result result;
    unsigned status;
    size_t body_len, headers;
};

static struct outcome outcome_of(struct span input, size_t step)
{
    static const struct header host = {SPAN_INIT("Host"), SPAN_INIT("example.com")};
    const struct ask ask = {
        .method = SPAN("GET"), .path = SPAN("/"), .headers = &host, .header_count = 1};
    struct limits limits;
    limits_init(&limits);
    limits.refusal_bytes = 1000;
    struct upgrade *upgrade = upgrade_new(&ask, &limits);
    struct outcome outcome = {.result = UPGRADE_MORE};
    while (outcome.result == UPGRADE_MORE && input.len) {
        size_t len = input.len < step ? input.len : step;
        char *piece = malloc(len); /* so that a step beyond it is seen */
        expect(piece);
        memcpy(piece, input.at, len);
        struct span rest = span(piece, len);
        outcome.result = upgrade_read(upgrade, &rest);
        expect(rest.len <= len);
        free(piece);
        input = span_skip(input, len);
    }
    if (outcome.result == UPGRADE_MORE && upgrade_end(upgrade))
        outcome.result = UPGRADE_REFUSED;
    expect(outcome.result != UPGRADE_OPEN);
    if (outcome.result == UPGRADE_REFUSED) {
        const struct answer *answer = upgrade_answer(upgrade);
        outcome.status = answer->status;
        outcome.body_len = answer->body.len;
        outcome.headers = answer->header_count;
        expect(answer->status >= 200 && answer->status <= 599);
        expect(answer->body.len <= limits.refusal_bytes);
    } else if (outcome.result == UPGRADE_BAD) {
        expect(upgrade_fault(upgrade) != NULL);
    }
    upgrade_free(upgrade);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span input = span((const char *)data + 1, size - 1);
    struct outcome whole = outcome_of(input, size);
    struct outcome pieces = outcome_of(input, (size_t)data[0] + 1);
    expect(whole.result == pieces.result && whole.status == pieces.status);
    expect(whole.body_len == pieces.body_len && whole.headers == pieces.headers);
    return 0;
}
