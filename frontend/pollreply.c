/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/pollreply.h"

#include <stdint.h>

#include "common/buf.h"
#include "common/http.h"
#include "common/jsonpatch.h"
#include "common/log.h"
#include "common/mem.h"

struct pollreply {
    uint32_t size; /* of the whole block */
    uint32_t status;
    uint32_t count;
    uint32_t reason_len, body_len;
    struct lengths {
        uint32_t name, value;
    } lengths[];
    /* reason, headers, body */
};

/* Whether nobody but us says this about an answer, or nobody may. */
static bool is_ours(struct span name)
{
    return header_is_hop_by_hop(name) || span_starts_nocase(name, SPAN("grip-"));
}

static size_t measure(const struct answer *answer, uint32_t *count)
{
    size_t bytes = answer->reason.len + answer->body.len;
    *count = 0;
    for (size_t i = 0; i < answer->header_count; i++) {
        if (is_ours(answer->headers[i].name))
            continue;
        bytes += answer->headers[i].name.len + answer->headers[i].value.len;
        ++*count;
    }
    return sizeof(struct pollreply) + *count * sizeof(struct lengths) + bytes;
}

static char *put(char *at, struct span bytes)
{
    if (bytes.len)
        memcpy(at, bytes.at, bytes.len);
    return at + bytes.len;
}

struct pollreply *pollreply_new(const struct answer *answer)
{
    uint32_t count;
    size_t size = measure(answer, &count);
    struct pollreply *reply = mem_grow(NULL, size, 1);
    *reply = (struct pollreply){
        .size = (uint32_t)size,
        .status = answer->status,
        .count = count,
        .reason_len = (uint32_t)answer->reason.len,
        .body_len = (uint32_t)answer->body.len,
    };
    char *at = put((char *)&reply->lengths[count], answer->reason);
    struct lengths *lengths = reply->lengths;
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct header *header = &answer->headers[i];
        if (is_ours(header->name))
            continue;
        *lengths++ = (struct lengths){(uint32_t)header->name.len, (uint32_t)header->value.len};
        at = put(put(at, header->name), header->value);
    }
    (void)put(at, answer->body);
    return reply;
}

bool pollreply_equal(const struct pollreply *a, const struct pollreply *b)
{
    return a == b || (a->size == b->size && memcmp(a, b, a->size) == 0);
}

/* A list of headers that may be written to, with room for `more` behind the reply's own. */
static struct header *unpack(const struct pollreply *reply, struct answer *out, size_t more,
                             struct arena *arena)
{
    const char *at = (const char *)&reply->lengths[reply->count];
    struct header *headers = arena_alloc(arena, (reply->count + more) * sizeof(*headers));
    *out = (struct answer){.status = reply->status, .headers = headers};
    out->reason = span(at, reply->reason_len);
    at += reply->reason_len;
    for (size_t i = 0; i < reply->count; i++) {
        const struct lengths *lengths = &reply->lengths[i];
        headers[i] =
            (struct header){span(at, lengths->name), span(at + lengths->name, lengths->value)};
        at += lengths->name + lengths->value;
    }
    out->header_count = reply->count;
    out->body = span(at, reply->body_len);
    return headers;
}

void pollreply_timeout(const struct pollreply *reply, struct answer *out, struct arena *arena)
{
    (void)unpack(reply, out, 0, arena);
}

static bool names(const struct format *format, struct span name)
{
    for (size_t i = 0; i < format->header_count; i++)
        if (span_equal_nocase(format->headers[i].name, name))
            return true;
    return false;
}

/* The origin's headers stay, but for those that the publisher gives or that tell how the origin's
 * own body was encoded. */
static void merge_headers(struct answer *out, struct header *headers, const struct format *format)
{
    size_t count = 0;
    for (size_t i = 0; i < out->header_count; i++)
        if (!names(format, headers[i].name) &&
            !span_equal_nocase(headers[i].name, SPAN("content-encoding")))
            headers[count++] = headers[i];
    for (size_t i = 0; i < format->header_count; i++)
        if (!is_ours(format->headers[i].name))
            headers[count++] = format->headers[i];
    out->header_count = count;
}

static struct span patch(struct span base, struct span operations, size_t most, struct arena *arena)
{
    struct buf patched = {0};
    const char *why = jsonpatch_apply(&patched, base, operations, most);
    if (why)
        log_debug("body-patch not applied, the body is empty why=\"%s\"", why);
    struct span body = arena_copy(arena, buf_span(&patched));
    buf_done(&patched);
    return body;
}

void pollreply_merge(const struct pollreply *reply, const struct format *format, size_t most,
                     struct answer *out, struct arena *arena)
{
    struct header *headers = unpack(reply, out, format->header_count, arena);
    merge_headers(out, headers, format);
    out->status = format->code ? format->code : 200;
    out->reason = format->reason;
    out->body = format->patch.len ? patch(out->body, format->patch, most, arena) : format->content;
}
