/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/kept.h"

#include <openssl/rand.h>
#include <stdint.h>

#include "common/check.h"
#include "common/mem.h"

#define ID_BYTES 16

struct kept {
    unsigned char id[ID_BYTES];
    uint32_t path_len;
    uint32_t lines_len;
    char bytes[]; /* path, lines */
};

/* Made for one request, or said in words of our own on each. */
static bool is_kept(struct span name)
{
    static const struct span anew[] = {
        SPAN_INIT("accept"),       SPAN_INIT("sec-websocket-extensions"),
        SPAN_INIT("grip-sig"),     SPAN_INIT("grip-feature"),
        SPAN_INIT("content-type"), SPAN_INIT("content-bytes-replayed"),
    };
    for (size_t i = 0; i < ARRAY_LEN(anew); i++)
        if (span_equal_nocase(name, anew[i]))
            return false;
    return true;
}

static char *put(char *at, struct span bytes)
{
    memcpy(at, bytes.at, bytes.len);
    return at + bytes.len;
}

/* Moves the headers that are kept to the front. Returns: the bytes of their lines. */
static size_t choose(struct header *headers, size_t *count)
{
    size_t kept = 0, bytes = 0;
    for (size_t i = 0; i < *count; i++) {
        if (!is_kept(headers[i].name))
            continue;
        bytes += headers[i].name.len + 1 + headers[i].value.len + 1;
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
    size_t lines_len = choose(headers, &count);
    struct kept *kept = mem_new(sizeof(*kept) + path.len + lines_len);
    int drawn = RAND_bytes(kept->id, ID_BYTES);
    CHECK(drawn == 1);
    kept->path_len = (uint32_t)path.len;
    kept->lines_len = (uint32_t)lines_len;
    char *at = put(kept->bytes, path);
    for (size_t i = 0; i < count; i++) {
        at = put(put(at, headers[i].name), SPAN(":"));
        at = put(put(at, headers[i].value), SPAN("\n"));
    }
    return kept;
}

void kept_id(const struct kept *kept, char out[KEPT_ID_TEXT])
{
    char *at = out;
    for (size_t i = 0; i < ID_BYTES; i++) {
        unsigned char byte = kept->id[i];
        if (i == 6) /* a random UUID, version 4 */
            byte = (unsigned char)((byte & 0x0f) | 0x40);
        if (i == 8)
            byte = (unsigned char)((byte & 0x3f) | 0x80);
        at += sprintf(at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", byte);
    }
}

struct span kept_path(const struct kept *kept)
{
    return span(kept->bytes, kept->path_len);
}

static struct span lines_of(const struct kept *kept)
{
    return span(kept->bytes + kept->path_len, kept->lines_len);
}

/* A value has no line end inside, a name no colon. */
static struct header cut_header(struct span *lines)
{
    struct span value = span_cut(lines, '\n');
    struct span name = span_cut(&value, ':');
    return (struct header){name, value};
}

struct span kept_header(const struct kept *kept, struct span name)
{
    for (struct span lines = lines_of(kept); lines.len;) {
        struct header header = cut_header(&lines);
        if (span_equal_nocase(header.name, name))
            return header.value;
    }
    return (struct span){NULL, 0};
}

size_t kept_count(const struct kept *kept)
{
    size_t count = 0;
    for (struct span lines = lines_of(kept); lines.len; count++)
        (void)cut_header(&lines);
    return count;
}

void kept_headers(const struct kept *kept, struct header *out)
{
    for (struct span lines = lines_of(kept); lines.len;)
        *out++ = cut_header(&lines);
}
