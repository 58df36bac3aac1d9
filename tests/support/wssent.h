/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames as a peer sends them, good ones and bad ones, gathered in one place.
 */
#ifndef TESTS_SUPPORT_WSSENT_H
#define TESTS_SUPPORT_WSSENT_H

#include "common/buf.h"
#include "frontend/wsreader.h"

#define FIN 0x80

/* The bytes. */
static struct buf sent;

/* Who sends it. */
static enum ws_speaker sent_by;

/* Appends a head; the length goes into `width` bytes behind it, 0 for none. */
static inline void send_head(unsigned first, uint64_t len, unsigned width)
{
    char head[WS_HEAD_MOST] = {(char)first};
    unsigned short_len = width == 0 ? (unsigned)len : width == 2 ? 126 : 127;
    head[1] = (char)(short_len | (sent_by == WS_CLIENT ? 0x80 : 0));
    for (unsigned i = 0; i < width; i++)
        head[2 + i] = (char)(len >> 8 * (width - 1 - i));
    buf_append(&sent, span(head, 2 + width));
}

static inline void send_payload(struct span payload)
{
    static const unsigned char mask[] = {0x37, 0xfa, 0x21, 0x3d};
    if (sent_by == WS_CLIENT)
        buf_append(&sent, span((const char *)mask, sizeof(mask)));
    for (size_t i = 0; i < payload.len; i++) {
        char byte = (char)(payload.at[i] ^ (sent_by == WS_CLIENT ? mask[i % 4] : 0));
        buf_append(&sent, span(&byte, 1));
    }
}

static inline void send_bytes(unsigned first, struct span payload)
{
    unsigned width = payload.len < 126 ? 0 : payload.len < 65536 ? 2 : 8;
    send_head(first, payload.len, width);
    send_payload(payload);
}

static inline void send_text(unsigned first, const char *payload)
{
    send_bytes(first, span_of(payload));
}

static inline int sent_begin(void **state)
{
    (void)state;
    sent_by = WS_CLIENT;
    return 0;
}

static inline int sent_end(void **state)
{
    (void)state;
    buf_done(&sent);
    sent = (struct buf){0};
    return 0;
}

#endif
