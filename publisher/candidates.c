/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/candidates.h"

#include "common/buf.h"
#include "common/check.h"
#include "common/escape.h"

static void add(struct candidates *candidates, struct span text)
{
    CHECK(candidates->count < CANDIDATES_MOST);
    if (text.len)
        candidates->texts[candidates->count++] = text;
}

/* Libraries take the password out of a URL as it stands there. */
static void add_without_percents(struct candidates *candidates, struct span text)
{
    if (!text.len || !memchr(text.at, '%', text.len))
        return;
    char *out = arena_alloc(&candidates->arena, text.len);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int high = i + 2 < text.len && text.at[i] == '%' ? hex_value(text.at[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text.at[i + 2]) : -1;
        char byte = text.at[i];
        if (low >= 0) {
            byte = (char)(high << 4 | low);
            i += 2;
        }
        out[len++] = byte;
    }
    add(candidates, span(out, len));
}

static void read_basic(struct candidates *candidates, struct span text)
{
    struct buf decoded = {0};
    if (span_starts(text, SPAN("b'")) && text.len > 3 && text.at[text.len - 1] == '\'')
        text = span(text.at + 2, text.len - 3);
    if (base64_decode(&decoded, text)) {
        struct span password = arena_copy(&candidates->arena, buf_span(&decoded));
        (void)span_cut(&password, ':');
        add(candidates, password);
        add_without_percents(candidates, password);
    }
    buf_done(&decoded);
}

void candidates_read(struct candidates *candidates, struct span fastly_key,
                     struct span authorization)
{
    *candidates = (struct candidates){0};
    if (fastly_key.at)
        add(candidates, span_trim(fastly_key));
    if (!authorization.at)
        return;
    struct span rest = span_trim(authorization);
    struct span scheme = span_cut(&rest, ' ');
    if (span_equal_nocase(scheme, SPAN("Bearer")))
        add(candidates, span_trim(rest));
    else if (span_equal_nocase(scheme, SPAN("Basic")))
        read_basic(candidates, span_trim(rest));
}

void candidates_done(struct candidates *candidates)
{
    arena_done(&candidates->arena);
}
