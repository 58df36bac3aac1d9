/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame, all numbers little-endian:
 *
 *     head      0  u8  version             8  u64 hash of the channel
 *               1  u8  no_seq             16  u32 bytes of the channel
 *               2  u8  formats, a bit     20  u32 bytes of the id, 0 for none
 *                      per kind           24  u32 bytes of the prev-id, 0 for none
 *               3  u8  0                  28  u32 response headers
 *               4  u32 bytes of the frame 32  u64 its number, 0 for none
 *     names     channel, id, prev-id
 *     formats   those present, in the order of enum format_kind:
 *               u8 action, u8 type, u16 code, u32 bytes of the reason, content, patch;
 *               then reason, content with its framing, patch
 *     headers   u32 bytes of the name, of the value; then both
 *
 * How long the framing is follows from the kind of format and the length of its content.
 */
#include "common/wire.h"

#include <endian.h>
#include <pthread.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/check.h"
#include "common/wsframe.h"

#define FRAME_LEN_AT 4
#define NUMBER_AT 32

/* A chunk head of 32-bit length is as long as the longest head of a WebSocket frame. */
#define FRAMING_HEAD_ROOM WS_HEAD_MOST

static uint64_t hash_seed;

static void draw_seed(void)
{
    /* Up to 256 bytes are never cut short; before boot has gathered entropy it waits. */
    CHECK(getrandom(&hash_seed, sizeof(hash_seed), 0) == (ssize_t)sizeof(hash_seed));
}

uint64_t wire_channel_hash(struct span channel)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, draw_seed);
    return XXH3_64bits_withSeed(channel.at, channel.len, hash_seed);
}

static size_t chunk_head(char *out, uint32_t len)
{
    size_t used = 0;
    for (int shift = 28; shift >= 0; shift -= 4)
        if (used || len >> shift || shift == 0)
            out[used++] = "0123456789abcdef"[len >> shift & 15];
    out[used++] = '\r';
    out[used++] = '\n';
    return used;
}

/* Writes what stands before the content of a format on its transport.
 * Returns: its length, 0 where nothing is framed. */
static size_t framing_head(char *out, enum format_kind kind, const struct format *format)
{
    if (format->action != ACTION_SEND)
        return 0;
    if (kind == FORMAT_STREAM && format->content.len)
        return chunk_head(out, (uint32_t)format->content.len);
    if (kind == FORMAT_WS)
        return ws_head(out, ws_opcode_of(format->type), format->content.len);
    return 0;
}

static struct span framing_tail(enum format_kind kind, size_t head_len)
{
    return kind == FORMAT_STREAM && head_len ? SPAN("\r\n") : SPAN("");
}

static bool is_overlong_control(const struct format *format)
{
    return (format->type == WS_PING || format->type == WS_PONG) &&
           format->content.len > WS_CONTROL_MOST;
}

/* ---- sealing ---- */

static void put_u8(struct buf *out, unsigned value)
{
    CHECK(value <= UINT8_MAX);
    *buf_reserve(out, 1) = (char)value;
    out->len++;
}

static void put_u16(struct buf *out, unsigned value)
{
    CHECK(value <= UINT16_MAX);
    uint16_t little = htole16((uint16_t)value);
    buf_append(out, span((const char *)&little, sizeof(little)));
}

static void put_u32(struct buf *out, size_t value)
{
    CHECK(value <= UINT32_MAX);
    uint32_t little = htole32((uint32_t)value);
    buf_append(out, span((const char *)&little, sizeof(little)));
}

static void put_u64(struct buf *out, uint64_t value)
{
    uint64_t little = htole64(value);
    buf_append(out, span((const char *)&little, sizeof(little)));
}

static void put_format(struct buf *out, enum format_kind kind, const struct format *format)
{
    CHECK(!is_overlong_control(format));
    put_u8(out, format->action);
    put_u8(out, format->type);
    put_u16(out, format->code);
    put_u32(out, format->reason.len);
    put_u32(out, format->content.len);
    put_u32(out, format->patch.len);

    char head[FRAMING_HEAD_ROOM];
    size_t head_len = framing_head(head, kind, format);
    buf_append(out, format->reason);
    buf_append(out, span(head, head_len));
    buf_append(out, format->content);
    buf_append(out, framing_tail(kind, head_len));
    buf_append(out, format->patch);
}

static void put_headers(struct buf *out, const struct format *response)
{
    for (size_t i = 0; i < response->header_count; i++) {
        put_u32(out, response->headers[i].name.len);
        put_u32(out, response->headers[i].value.len);
        buf_append(out, response->headers[i].name);
        buf_append(out, response->headers[i].value);
    }
}

/* Writes the length over its place, once it is known. */
static void set_frame_len(struct buf *out)
{
    CHECK(out->len <= UINT32_MAX);
    uint32_t little = htole32((uint32_t)out->len);
    memcpy(out->bytes + FRAME_LEN_AT, &little, sizeof(little));
}

void wire_seal(struct buf *out, const struct item *item)
{
    CHECK(out->len == 0);
    CHECK(item->channel.len > 0);
    unsigned kinds = 0;
    for (unsigned kind = 0; kind < FORMAT_COUNT; kind++)
        kinds |= (unsigned)item->formats[kind].is_present << kind;
    const struct format *response = &item->formats[FORMAT_RESPONSE];

    put_u8(out, WIRE_VERSION);
    put_u8(out, item->no_seq);
    put_u8(out, kinds);
    put_u8(out, 0);
    put_u32(out, 0);
    put_u64(out, wire_channel_hash(item->channel));
    put_u32(out, item->channel.len);
    put_u32(out, item->id.len);
    put_u32(out, item->prev_id.len);
    put_u32(out, response->is_present ? response->header_count : 0);
    put_u64(out, item->number);
    buf_append(out, item->channel);
    buf_append(out, item->id);
    buf_append(out, item->prev_id);
    for (enum format_kind kind = 0; kind < FORMAT_COUNT; kind++)
        if (item->formats[kind].is_present)
            put_format(out, kind, &item->formats[kind]);
    if (response->is_present)
        put_headers(out, response);
    set_frame_len(out);
}

void wire_number(struct buf *frame, uint64_t number)
{
    uint64_t little = htole64(number);
    CHECK(frame->len >= NUMBER_AT + sizeof(little));
    memcpy(frame->bytes + NUMBER_AT, &little, sizeof(little));
}

/* ---- opening ---- */

/* What is left of a frame. A read past the end gives zeros and is remembered, so that it is
 * asked about once, at the end. */
struct reader {
    struct span rest;
    bool is_short;
};

static struct span take(struct reader *reader, size_t len)
{
    if (len > reader->rest.len) {
        reader->is_short = true;
        return SPAN("");
    }
    struct span taken = span(reader->rest.at, len);
    reader->rest = span_skip(reader->rest, len);
    return taken;
}

static uint64_t take_number(struct reader *reader, size_t width)
{
    uint64_t little = 0;
    struct span bytes = take(reader, width);
    memcpy(&little, bytes.at, bytes.len);
    return le64toh(little);
}

/* A name of length 0 stands for none. */
static struct span take_name(struct reader *reader, size_t len)
{
    return len ? take(reader, len) : (struct span){NULL, 0};
}

static bool take_content(struct reader *reader, enum format_kind kind, struct format *format,
                         size_t len)
{
    char expected[FRAMING_HEAD_ROOM];
    format->content.len = len;
    size_t head_len = framing_head(expected, kind, format);
    size_t tail_len = framing_tail(kind, head_len).len;
    struct span framed = take(reader, head_len + len + tail_len);
    if (reader->is_short || memcmp(framed.at, expected, head_len) != 0)
        return false;
    format->content = span(framed.at + head_len, len);
    if (head_len)
        format->framed = framed;
    return true;
}

static bool take_format(struct reader *reader, enum format_kind kind, struct format *format)
{
    unsigned action = (unsigned)take_number(reader, 1);
    unsigned type = (unsigned)take_number(reader, 1);
    *format = (struct format){.is_present = true, .action = action, .type = type};
    format->code = (unsigned)take_number(reader, 2);
    size_t reason_len = take_number(reader, 4);
    size_t content_len = take_number(reader, 4);
    size_t patch_len = take_number(reader, 4);
    if (action > ACTION_REFRESH || type > WS_PONG)
        return false;
    format->reason = take(reader, reason_len);
    if (!take_content(reader, kind, format, content_len))
        return false;
    format->patch = take(reader, patch_len);
    return !is_overlong_control(format);
}

static void take_headers(struct reader *reader, struct header *headers, size_t count)
{
    for (size_t i = 0; i < count && !reader->is_short; i++) {
        size_t name_len = take_number(reader, 4);
        size_t value_len = take_number(reader, 4);
        headers[i].name = take(reader, name_len);
        headers[i].value = take(reader, value_len);
    }
}

/* What the head says and an item does not. */
struct head {
    uint64_t hash;
    uint64_t kinds;
    size_t header_count;
};

/* Reads head and names. Returns: whether the head is one of ours. */
static bool take_head(struct reader *reader, struct head *head, struct item *item, size_t len)
{
    uint64_t version = take_number(reader, 1);
    uint64_t no_seq = take_number(reader, 1);
    head->kinds = take_number(reader, 1);
    uint64_t unused = take_number(reader, 1);
    uint64_t frame_len = take_number(reader, 4);
    head->hash = take_number(reader, 8);
    size_t channel_len = take_number(reader, 4);
    size_t id_len = take_number(reader, 4);
    size_t prev_id_len = take_number(reader, 4);
    head->header_count = take_number(reader, 4);
    *item = (struct item){.no_seq = no_seq, .number = take_number(reader, 8)};
    item->channel = take(reader, channel_len);
    item->id = take_name(reader, id_len);
    item->prev_id = take_name(reader, prev_id_len);
    return version == WIRE_VERSION && no_seq <= 1 && head->kinds >> FORMAT_COUNT == 0 && !unused &&
           frame_len == len && channel_len > 0;
}

struct item wire_names(struct span frame)
{
    struct reader reader = {.rest = frame};
    struct head head;
    struct item item;
    bool is_ours = take_head(&reader, &head, &item, frame.len);
    CHECK(is_ours && !reader.is_short);
    return item;
}

bool wire_open(struct item *item, uint64_t *hash, struct span frame, struct header *headers,
               size_t header_room)
{
    struct reader reader = {.rest = frame};
    struct head head;
    if (!take_head(&reader, &head, item, frame.len) || head.header_count > header_room)
        return false;
    *hash = head.hash;
    for (enum format_kind kind = 0; kind < FORMAT_COUNT; kind++)
        if (head.kinds >> kind & 1 && !take_format(&reader, kind, &item->formats[kind]))
            return false;
    take_headers(&reader, headers, head.header_count);
    struct format *response = &item->formats[FORMAT_RESPONSE];
    response->headers = headers;
    response->header_count = head.header_count;
    return !reader.is_short && reader.rest.len == 0 && (response->is_present || !head.header_count);
}
