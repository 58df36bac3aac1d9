/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A head is three numbers, and a number grows byte by byte, so that a head may
 * be split anywhere and needs no memory:
 *
 *     start    2 bytes        FIN, reserved bits, opcode; whether masked, a length
 *     length   0, 2, 8 bytes  in its place where it does not fit there
 *     mask     4 bytes        from clients
 *     payload
 *
 * Each is judged as soon as it is there.
 */
#include "frontend/wsreader.h"

#include <endian.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

enum step { STEP_START, STEP_LENGTH, STEP_MASK, STEP_PAYLOAD, STEP_OVER };

#define START_LEN 2
#define MASK_LEN 4

/* The first byte of a frame. */
#define FIN 0x80
#define RESERVED 0x70
#define OPCODE 0x0f

/* The second. */
#define MASKED 0x80
#define LEN 0x7f
#define LEN_IN_16 126
#define LEN_IN_64 127

_Static_assert(sizeof(struct wsreader) <= 48, "every WebSocket has one");

static enum wsread refuse(struct wsreader *reader, struct wsread_item *item, unsigned code,
                          const char *why)
{
    reader->step = STEP_OVER;
    *item = (struct wsread_item){.code = code, .bytes = span_of(why)};
    return WSREAD_FAULT;
}

static bool is_control(const struct wsreader *reader)
{
    return reader->opcode >= WS_OP_CLOSE;
}

/* ---- the head ---- */

/* Returns: whether reader->number has all its `width` bytes. */
static bool read_number(struct wsreader *reader, unsigned width, char **bytes, size_t *len)
{
    if (reader->got == 0)
        reader->number = 0;
    for (; reader->got < width && *len; reader->got++, (*bytes)++, (*len)--)
        reader->number = reader->number << 8 | (unsigned char)**bytes;
    if (reader->got < width)
        return false;
    reader->got = 0;
    return true;
}

/* Returns: what is wrong with the start of a frame, or NULL. */
static const char *start_fault(const struct wsreader *reader, bool is_masked,
                               enum ws_speaker speaker)
{
    if (is_masked != (speaker == WS_CLIENT))
        return is_masked ? "a server's frame is masked" : "a client's frame is not masked";
    switch (reader->opcode) {
    case WS_OP_CONTINUATION:
        return reader->is_open ? NULL : "a continuation without a beginning";
    case WS_OP_TEXT:
    case WS_OP_BINARY:
        return reader->is_open ? "a message inside another" : NULL;
    case WS_OP_CLOSE:
    case WS_OP_PING:
    case WS_OP_PONG:
        if (!reader->is_final)
            return "a control frame in fragments";
        return reader->left > WS_CONTROL_MOST ? "a control frame of more than 125 bytes" : NULL;
    default:
        return "a reserved opcode";
    }
}

static void take_start(struct wsreader *reader, struct wsread_item *item, enum ws_speaker speaker)
{
    unsigned first = (unsigned)reader->number >> 8;
    unsigned second = (unsigned)reader->number;
    reader->is_final = first & FIN;
    reader->opcode = first & OPCODE;
    reader->left = second & LEN;
    const char *why =
        first & RESERVED ? "a reserved bit is set" : start_fault(reader, second & MASKED, speaker);
    if (why) {
        (void)refuse(reader, item, WS_CLOSE_PROTOCOL_ERROR, why);
        return;
    }
    if (reader->opcode == WS_OP_TEXT || reader->opcode == WS_OP_BINARY) {
        reader->is_text = reader->opcode == WS_OP_TEXT;
        reader->is_open = true;
        reader->is_started = false;
        reader->message_len = 0;
    }
    reader->step = STEP_LENGTH;
}

static unsigned length_width(const struct wsreader *reader)
{
    return reader->left == LEN_IN_16 ? 2 : reader->left == LEN_IN_64 ? 8 : 0;
}

static void take_length(struct wsreader *reader, struct wsread_item *item, uint64_t most)
{
    unsigned width = length_width(reader);
    uint64_t least = width == 2 ? LEN_IN_16 : width == 8 ? UINT16_MAX + 1 : 0;
    if (width)
        reader->left = reader->number;
    if (reader->left < least || reader->left > INT64_MAX) {
        (void)refuse(reader, item, WS_CLOSE_PROTOCOL_ERROR,
                     reader->left < least ? "a length in more bytes than it needs"
                                          : "a length of 64 bits");
        return;
    }
    if (!is_control(reader)) {
        if (reader->left > most || reader->message_len > most - reader->left) {
            (void)refuse(reader, item, WS_CLOSE_TOO_BIG, "a message longer than allowed");
            return;
        }
        reader->message_len += reader->left;
    }
    reader->step = STEP_MASK;
}

/* Leaves reader->step at STEP_PAYLOAD, at STEP_OVER after a fault, or where bytes are missing. */
static void read_head(struct wsreader *reader, struct wsread_item *item, enum ws_speaker speaker,
                      uint64_t most, char **bytes, size_t *len)
{
    if (reader->step == STEP_START && read_number(reader, START_LEN, bytes, len))
        take_start(reader, item, speaker);
    if (reader->step == STEP_LENGTH && read_number(reader, length_width(reader), bytes, len))
        take_length(reader, item, most);
    unsigned mask_len = speaker == WS_CLIENT ? MASK_LEN : 0;
    if (reader->step == STEP_MASK && read_number(reader, mask_len, bytes, len)) {
        reader->mask = (uint32_t)reader->number;
        reader->step = STEP_PAYLOAD;
    }
}

/* ---- the payload ---- */

/* Returns: what is there of the payload, unmasked. */
static struct span take_piece(struct wsreader *reader, char **bytes, size_t *len)
{
    size_t piece_len = *len < reader->left ? *len : (size_t)reader->left;
    struct span piece = span(*bytes, piece_len);
    if (reader->mask)
        reader->mask = ws_mask(*bytes, *bytes, piece_len, reader->mask);
    *bytes += piece_len;
    *len -= piece_len;
    reader->left -= piece_len;
    return piece;
}

static enum wsread read_data(struct wsreader *reader, struct wsread_item *item, char **bytes,
                             size_t *len)
{
    if (reader->left && !*len)
        return WSREAD_MORE;
    struct span piece = take_piece(reader, bytes, len);
    bool is_first = !reader->is_started;
    bool is_last = reader->is_final && !reader->left;
    if (reader->is_text &&
        (!utf8_feed(&reader->text, piece) || (is_last && !utf8_is_complete(&reader->text))))
        return refuse(reader, item, WS_CLOSE_NOT_UTF8, "a text that is not UTF-8");
    reader->is_started = true;
    reader->is_open = !is_last;
    if (!reader->left)
        reader->step = STEP_START;
    *item = (struct wsread_item){
        .is_text = reader->is_text,
        .is_first = is_first,
        .is_last = is_last,
        .is_fragmented = reader->opcode == WS_OP_CONTINUATION,
        .bytes = piece,
    };
    /* An empty fragment in the middle tells nothing. */
    return piece.len || is_first || is_last ? WSREAD_DATA : WSREAD_MORE;
}

static enum wsread read_close(struct wsreader *reader, struct wsread_item *item,
                              struct span payload)
{
    *item = (struct wsread_item){.code = WS_CLOSE_NONE, .bytes = payload};
    if (payload.len) {
        if (payload.len < sizeof(uint16_t))
            return refuse(reader, item, WS_CLOSE_PROTOCOL_ERROR, "half a close code");
        uint16_t wide;
        memcpy(&wide, payload.at, sizeof(wide));
        item->code = be16toh(wide);
        item->bytes = span_skip(payload, sizeof(wide));
        if (!ws_close_code_is_sound(item->code))
            return refuse(reader, item, WS_CLOSE_PROTOCOL_ERROR,
                          "a close code that no frame may carry");
        if (!utf8_is_sound(item->bytes))
            return refuse(reader, item, WS_CLOSE_NOT_UTF8, "a close reason that is not UTF-8");
    }
    reader->step = STEP_OVER;
    return WSREAD_CLOSE;
}

/* Keeps the payload where it is split, and only then.
 * Returns: whether all of it is there. */
static bool gather(struct wsreader *reader, struct span *payload, char **bytes, size_t *len)
{
    if (!reader->control && *len >= reader->left) {
        *payload = take_piece(reader, bytes, len);
        return true;
    }
    if (!reader->control)
        reader->control = mem_new(WS_CONTROL_MOST);
    struct span piece = take_piece(reader, bytes, len);
    CHECK(reader->got + piece.len <= WS_CONTROL_MOST);
    memcpy(reader->control + reader->got, piece.at, piece.len);
    reader->got = (uint8_t)(reader->got + piece.len);
    if (reader->left)
        return false;
    *payload = span(reader->control, reader->got);
    reader->got = 0;
    return true;
}

static enum wsread read_control(struct wsreader *reader, struct wsread_item *item, char **bytes,
                                size_t *len)
{
    struct span payload;
    if (!gather(reader, &payload, bytes, len))
        return WSREAD_MORE;
    reader->step = STEP_START;
    if (reader->opcode == WS_OP_CLOSE)
        return read_close(reader, item, payload);
    *item = (struct wsread_item){.bytes = payload};
    return reader->opcode == WS_OP_PING ? WSREAD_PING : WSREAD_PONG;
}

enum wsread wsreader_next(struct wsreader *reader, struct wsread_item *item,
                          enum ws_speaker speaker, uint64_t most, char **bytes, size_t *len)
{
    if (reader->step != STEP_PAYLOAD)
        wsreader_done(reader); /* what the item before this one pointed to */
    if (reader->step == STEP_OVER) {
        *bytes += *len;
        *len = 0;
        return WSREAD_MORE;
    }
    enum wsread got;
    do {
        read_head(reader, item, speaker, most, bytes, len);
        if (reader->step == STEP_OVER)
            return WSREAD_FAULT;
        if (reader->step != STEP_PAYLOAD)
            return WSREAD_MORE;
        got = is_control(reader) ? read_control(reader, item, bytes, len)
                                 : read_data(reader, item, bytes, len);
    } while (got == WSREAD_MORE && reader->step != STEP_PAYLOAD);
    return got;
}

void wsreader_done(struct wsreader *reader)
{
    free(reader->control);
    reader->control = NULL;
}
