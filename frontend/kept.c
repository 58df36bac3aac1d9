/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/kept.h"

#include <openssl/rand.h>
#include <stdint.h>

#include "common/check.h"
#include "common/mem.h"

#define ID_LEN 36

struct kept {
    uint32_t path_len;
    uint32_t count;
    struct lengths {
        uint32_t name, value;
    } lengths[];
    /* id, path, headers */
};

/* Made for one request, or said in words of our own on each. */
static bool is_kept(struct span name)
{
    static const struct span anew[] = {
        SPAN_INIT("accept"),       SPAN_INIT("sec-websocket-extensions"), SPAN_INIT("grip-sig"),
        SPAN_INIT("content-type"), SPAN_INIT("content-bytes-replayed"),
    };
    for (size_t i = 0; i < ARRAY_LEN(anew); i++)
        if (span_equal_nocase(name, anew[i]))
            return false;
    return true;
}

static const char *bytes_of(const struct kept *kept)
{
    return (const char *)&kept->lengths[kept->count];
}

static char *put(char *at, struct span bytes)
{
    memcpy(at, bytes.at, bytes.len);
    return at + bytes.len;
}

static void draw_id(char out[ID_LEN + 1])
{
    unsigned char r[16];
    int drawn = RAND_bytes(r, sizeof(r));
    CHECK(drawn == 1);
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    (void)snprintf(out, ID_LEN + 1,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0],
                   r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13],
                   r[14], r[15]);
}

/* Moves the headers that are kept to the front. Returns: their bytes. */
static size_t choose(struct header *headers, size_t *count)
{
    size_t kept = 0, bytes = 0;
    for (size_t i = 0; i < *count; i++) {
        if (!is_kept(headers[i].name))
            continue;
        bytes += headers[i].name.len + headers[i].value.len;
        headers[kept++] = headers[i];
    }
    *count = kept;
    return bytes;
}

struct kept *kept_new(struct parts *parts, h2o_req_t *request, const struct route *route,
                      const struct destination *to)
{
    struct span path = forward_path(request, route, to->path);
    size_t count;
    struct header *headers = forward_headers(parts, request, route, to->host, &count);
    size_t bytes = choose(headers, &count);
    struct kept *kept =
        mem_new(sizeof(*kept) + count * sizeof(struct lengths) + ID_LEN + 1 + path.len + bytes);
    kept->path_len = (uint32_t)path.len;
    kept->count = (uint32_t)count;
    char *at = (char *)&kept->lengths[count];
    draw_id(at); /* its NUL is overwritten */
    at = put(at + ID_LEN, path);
    for (size_t i = 0; i < count; i++) {
        kept->lengths[i] =
            (struct lengths){(uint32_t)headers[i].name.len, (uint32_t)headers[i].value.len};
        at = put(put(at, headers[i].name), headers[i].value);
    }
    return kept;
}

struct span kept_id(const struct kept *kept)
{
    return span(bytes_of(kept), ID_LEN);
}

struct span kept_path(const struct kept *kept)
{
    return span(bytes_of(kept) + ID_LEN, kept->path_len);
}

size_t kept_count(const struct kept *kept)
{
    return kept->count;
}

void kept_headers(const struct kept *kept, struct header *out)
{
    const char *at = bytes_of(kept) + ID_LEN + kept->path_len;
    for (size_t i = 0; i < kept->count; i++) {
        out[i].name = span(at, kept->lengths[i].name);
        out[i].value = span(at + kept->lengths[i].name, kept->lengths[i].value);
        at += kept->lengths[i].name + kept->lengths[i].value;
    }
}
