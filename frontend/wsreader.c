/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsreader.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define FIN 0x80
#define RSV 0x70
#define OPCODE 0x0f
#define MASKED 0x80
#define LEN 0x7f
#define LEN_16 126
#define LEN_64 127
#define MASK_LEN 4

static enum wsread fault(struct wsreader *reader, struct wsread_item *item, unsigned code,
                         const char *what)
{
    reader->is_done = true;
    *item = (struct wsread_item){.code = code, .bytes = span_of(what)};
    return WSREAD_FAULT;
}

static bool is_control(unsigned opcode)
{
    return opcode >= WS_OP_CLOSE;
}

/* ---- the head ---- */

/* Returns: how many bytes the head has, as far as the `have` first ones tell. */
static size_t head_size(const uint8_t *head, size_t have)
{
    if (have < 2)
        return 2;
    unsigned len = head[1] & LEN;
    return 2U + (len == LEN_16 ? 2 : len == LEN_64 ? 8 : 0) + (head[1] & MASKED ? MASK_LEN : 0);
}

/* Gathers the head byte by byte: it is short, and so may be cut anywhere. */
static bool gather_head(struct wsreader *reader, char **bytes, size_t *len)
{
    while (reader->head_len < head_size(reader->head, reader->head_len)) {
        if (!*len)
            return false;
        reader->head[reader->head_len++] = (uint8_t) * (*bytes)++;
        --*len;
    }
    return true;
}

/* What is wrong with the first two bytes; found before the rest of the head has come. */
static const char *check_start(const struct wsreader *reader, enum ws_speaker speaker)
{
    unsigned first = reader->head[0], second = reader->head[1];
    unsigned opcode = first & OPCODE;
    if (first & RSV)
        return "a reserved bit is set and no extension was agreed on";
    if ((opcode > WS_OP_BINARY && opcode < WS_OP_CLOSE) || opcode > WS_OP_PONG)
        return "the opcode is reserved";
    if (speaker == WS_CLIENT && !(second & MASKED))
        return "a client's frame is not masked";
    if (speaker == WS_SERVER && (second & MASKED))
        return "a server's frame is masked";
    if (is_control(opcode) && !(first & FIN))
        return "a control frame is fragmented";
    if (is_control(opcode) && (second & LEN) > WS_CONTROL_MOST)
        return "a control frame is longer than 125 bytes";
    if (opcode == WS_OP_CONTINUATION && !reader->is_fragment)
        return "a continuation continues nothing";
    if (reader->is_fragment && !is_control(opcode) && opcode != WS_OP_CONTINUATION)
        return "a message begins inside another";
    return NULL;
}

/* Returns: NULL with `*len` set, or what is wrong. */
static const char *read_length(const struct wsreader *reader, uint64_t *len)
{
    uint16_t len_16;
    uint64_t len_64;
    *len = reader->head[1] & LEN;
    if (*len == LEN_16) {
        memcpy(&len_16, reader->head + 2, sizeof(len_16));
        *len = be16toh(len_16);
        return *len < LEN_16 ? "a length is not in its shortest form" : NULL;
    }
    if (*len == LEN_64) {
        memcpy(&len_64, reader->head + 2, sizeof(len_64));
        *len = be64toh(len_64);
        if (*len >> 63)
            return "a length has its highest bit set";
        return *len <= UINT16_MAX ? "a length is not in its shortest form" : NULL;
    }
    return NULL;
}

static void enter_data(struct wsreader *reader)
{
    reader->is_final = reader->head[0] & FIN;
    if (reader->opcode == WS_OP_CONTINUATION)
        return;
    reader->is_text = reader->opcode == WS_OP_TEXT;
    reader->is_fragment = true;
    reader->is_begun = false;
    reader->message = 0;
    reader->utf8 = (struct utf8){0};
}

/* The head is whole. Returns: WSREAD_MORE where the payload may come. */
static enum wsread enter_frame(struct wsreader *reader, struct wsread_item *item, uint64_t most)
{
    uint64_t len;
    const char *why = read_length(reader, &len);
    if (why)
        return fault(reader, item, WS_CLOSE_PROTOCOL_ERROR, why);
    reader->opcode = reader->head[0] & OPCODE;
    memset(reader->mask, 0, MASK_LEN);
    if (reader->head[1] & MASKED)
        memcpy(reader->mask, reader->head + reader->head_len - MASK_LEN, MASK_LEN);
    reader->head_len = 0;
    reader->is_in_frame = true;
    reader->left = len;
    if (is_control(reader->opcode))
        return WSREAD_MORE;
    enter_data(reader);
    if (len > most - reader->message)
        return fault(reader, item, WS_CLOSE_TOO_BIG, "the message is larger than it may be");
    reader->message += len;
    return WSREAD_MORE;
}

/* ---- the payload ---- */

/* Eight bytes at a time; a frame may be cut anywhere, so the mask is turned behind. */
static void unmask(struct wsreader *reader, char *bytes, size_t len)
{
    uint8_t *mask = reader->mask;
    uint8_t twice[2 * MASK_LEN];
    memcpy(twice, mask, MASK_LEN);
    memcpy(twice + MASK_LEN, mask, MASK_LEN);
    uint64_t key, word;
    memcpy(&key, twice, sizeof(key));
    size_t at = 0;
    for (; key && at + sizeof(word) <= len; at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        word ^= key;
        memcpy(bytes + at, &word, sizeof(word));
    }
    for (; key && at < len; at++)
        bytes[at] = (char)((uint8_t)bytes[at] ^ mask[at % MASK_LEN]);
    memcpy(mask, twice + len % MASK_LEN, MASK_LEN);
}

/* Cuts what has come of the frame's payload off the front of what is there. */
static struct span take_payload(struct wsreader *reader, char **bytes, size_t *len)
{
    size_t take = reader->left < *len ? (size_t)reader->left : *len;
    struct span piece = {*bytes, take};
    unmask(reader, *bytes, take);
    *bytes += take;
    *len -= take;
    reader->left -= take;
    return piece;
}

static enum wsread read_data(struct wsreader *reader, struct wsread_item *item, char **bytes,
                             size_t *len)
{
    struct span piece = take_payload(reader, bytes, len);
    bool is_last = reader->is_final && !reader->left;
    reader->is_in_frame = reader->left > 0;
    if (reader->is_text &&
        !(utf8_feed(&reader->utf8, piece) && (!is_last || utf8_is_whole(&reader->utf8))))
        return fault(reader, item, WS_CLOSE_NOT_UTF8, "a text message is not UTF-8");
    *item = (struct wsread_item){.is_text = reader->is_text,
                                 .is_first = !reader->is_begun,
                                 .is_last = is_last,
                                 .bytes = piece};
    if (!piece.len && !is_last)
        return WSREAD_MORE; /* nothing was said */
    reader->is_begun = true;
    reader->is_fragment = !is_last;
    return WSREAD_DATA;
}

static enum wsread read_close(struct wsreader *reader, struct wsread_item *item,
                              struct span payload)
{
    unsigned code = WS_CLOSE_NONE;
    if (payload.len == 1)
        return fault(reader, item, WS_CLOSE_PROTOCOL_ERROR, "a close code is cut");
    if (payload.len) {
        code = (unsigned)(uint8_t)payload.at[0] << 8 | (uint8_t)payload.at[1];
        payload = span_skip(payload, 2);
        if (!ws_close_code_is_sound(code))
            return fault(reader, item, WS_CLOSE_PROTOCOL_ERROR, "the close code is not allowed");
    }
    if (!utf8_is_sound(payload))
        return fault(reader, item, WS_CLOSE_NOT_UTF8, "the reason of a close is not UTF-8");
    reader->is_done = true;
    *item = (struct wsread_item){.code = code, .bytes = payload};
    return WSREAD_CLOSE;
}

/* Joins the pieces of a split control frame. Returns: false as long as it is not whole. */
static bool join_control(struct wsreader *reader, struct span *payload, char **bytes, size_t *len)
{
    size_t before = reader->control_len;
    *payload = take_payload(reader, bytes, len);
    if (!reader->left && !reader->control)
        return true;
    if (!reader->control)
        reader->control = mem_new(WS_CONTROL_MOST);
    memcpy(reader->control + before, payload->at, payload->len);
    reader->control_len = (uint8_t)(before + payload->len);
    *payload = span(reader->control, reader->control_len);
    return !reader->left;
}

static enum wsread read_control(struct wsreader *reader, struct wsread_item *item, char **bytes,
                                size_t *len)
{
    struct span payload;
    if (!join_control(reader, &payload, bytes, len))
        return WSREAD_MORE;
    reader->is_in_frame = false;
    reader->control_len = 0;
    if (reader->opcode == WS_OP_CLOSE)
        return read_close(reader, item, payload);
    *item = (struct wsread_item){.bytes = payload};
    return reader->opcode == WS_OP_PING ? WSREAD_PING : WSREAD_PONG;
}

/* Reads one head or one piece of a payload. */
static enum wsread step(struct wsreader *reader, struct wsread_item *item, enum ws_speaker speaker,
                        uint64_t most, char **bytes, size_t *len)
{
    if (reader->is_in_frame)
        return is_control(reader->opcode) ? read_control(reader, item, bytes, len)
                                          : read_data(reader, item, bytes, len);
    bool is_whole = gather_head(reader, bytes, len);
    const char *why = reader->head_len >= 2 ? check_start(reader, speaker) : NULL;
    if (why)
        return fault(reader, item, WS_CLOSE_PROTOCOL_ERROR, why);
    return is_whole ? enter_frame(reader, item, most) : WSREAD_MORE;
}

enum wsread wsreader_next(struct wsreader *reader, struct wsread_item *item,
                          enum ws_speaker speaker, uint64_t most, char **bytes, size_t *len)
{
    enum wsread what = WSREAD_MORE;
    if (reader->control && !reader->is_in_frame) { /* its borrower is done */
        free(reader->control);
        reader->control = NULL;
    }
    /* A frame without payload needs no further byte. */
    while (what == WSREAD_MORE && !reader->is_done &&
           (*len || (reader->is_in_frame && !reader->left)))
        what = step(reader, item, speaker, most, bytes, len);
    return what;
}

void wsreader_done(struct wsreader *reader)
{
    free(reader->control);
    reader->control = NULL;
}
