/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our reader of frames and wslay's tell the same, and refuse the same with the
 * same code. The input is that of fuzz_wsreader, its second byte unused.
 *
 * wslay 1.1.1 differs in these, and the comparison knows of no others:
 *
 *   - It judges most of a head with the first byte of the payload. Where we
 *     have refused, it is given more bytes until it does too.
 *   - Its answer to some faults (lengths, fragmented control frames) is to give
 *     up without a code: that stands for 1002 here.
 *   - A close frame of one byte is one without a code to it. We refuse it.
 *   - It refuses the codes 1012 to 1014, which were registered later.
 *   - It looks at a close's reason as the bytes come, and before the code. We
 *     look at the whole frame, and at the code first.
 *   - Of each piece of a close frame it skips two bytes, as if all began with
 *     the code: split reasons are taken or refused by chance. So it gets the
 *     input whole; that we do not mind splits is shown by fuzz_wsreader.
 *
 * Spec: RFC 6455; docs/decisions/0007.
 */
#include <stdint.h>

#include <wslay/wslay.h>

#include "tests/support/wstold.h"

#define MOST 1000

/* What wslay takes in one piece. */
#define WHOLE_MOST 4096

/* More than any head. */
#define FILLING 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
    wslay_event_context_ptr wslay;
    struct span rest; /* not read yet */
    struct wstold told;
    struct wsread_item item; /* the message that is being received */
    uint8_t opcode;          /* of the frame that is */
    bool is_final;           /* the same */
};

/* ---- wslay ---- */

static ssize_t on_read(wslay_event_context_ptr wslay, uint8_t *buf, size_t len, int flags,
                       void *data)
{
    (void)flags;
    struct peer *peer = data;
    if (peer->rest.len == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    len = len < peer->rest.len ? len : peer->rest.len;
    memcpy(buf, peer->rest.at, len);
    peer->rest = span_skip(peer->rest, len);
    return (ssize_t)len;
}

static ssize_t on_write(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len, int flags,
                        void *data)
{
    (void)wslay, (void)bytes, (void)flags, (void)data;
    return (ssize_t)len;
}

static int on_mask(wslay_event_context_ptr wslay, uint8_t *buf, size_t len, void *data)
{
    (void)wslay, (void)data;
    memset(buf, 0, len);
    return 0;
}

static bool is_data(const struct peer *peer)
{
    return peer->opcode < WSLAY_CONNECTION_CLOSE;
}

static void on_frame(wslay_event_context_ptr wslay,
                     const struct wslay_event_on_frame_recv_start_arg *frame, void *data)
{
    (void)wslay;
    struct peer *peer = data;
    peer->opcode = frame->opcode;
    peer->is_final = frame->fin;
    if (is_data(peer) && frame->opcode != WSLAY_CONTINUATION_FRAME)
        peer->item = (struct wsread_item){.is_text = frame->opcode == WSLAY_TEXT_FRAME};
}

/* Tells a piece of a message as our reader would. */
static void tell_piece(struct peer *peer, struct span bytes, bool is_last)
{
    peer->item.is_first = !peer->told.is_open;
    peer->item.is_last = is_last;
    peer->item.bytes = bytes;
    wstold_data(&peer->told, &peer->item);
}

static void on_piece(wslay_event_context_ptr wslay,
                     const struct wslay_event_on_frame_recv_chunk_arg *piece, void *data)
{
    (void)wslay;
    struct peer *peer = data;
    if (is_data(peer))
        tell_piece(peer, span((const char *)piece->data, piece->data_length), false);
}

static void on_frame_end(wslay_event_context_ptr wslay, void *data)
{
    (void)wslay;
    struct peer *peer = data;
    if (is_data(peer) && peer->is_final)
        tell_piece(peer, SPAN(""), true);
}

static void on_message(wslay_event_context_ptr wslay,
                       const struct wslay_event_on_msg_recv_arg *message, void *data)
{
    (void)wslay;
    struct peer *peer = data;
    struct span bytes = span((const char *)message->msg, message->msg_length);
    if (message->opcode == WSLAY_PING || message->opcode == WSLAY_PONG)
        wstold_item(&peer->told, message->opcode == WSLAY_PING ? "ping" : "pong", bytes);
    if (message->opcode != WSLAY_CONNECTION_CLOSE)
        return;
    if (message->msg_length < 2)
        wstold_end(&peer->told, WSREAD_CLOSE, WS_CLOSE_NONE, SPAN(""));
    else
        wstold_end(&peer->told, WSREAD_CLOSE, message->status_code, span_skip(bytes, 2));
}

static void peer_init(struct peer *peer, enum ws_speaker speaker)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_read,
        .send_callback = on_write,
        .genmask_callback = on_mask,
        .on_frame_recv_start_callback = on_frame,
        .on_frame_recv_chunk_callback = on_piece,
        .on_frame_recv_end_callback = on_frame_end,
        .on_msg_recv_callback = on_message,
    };
    *peer = (struct peer){0};
    int failed = speaker == WS_CLIENT
                     ? wslay_event_context_server_init(&peer->wslay, &callbacks, peer)
                     : wslay_event_context_client_init(&peer->wslay, &callbacks, peer);
    CHECK(!failed);
    wslay_event_config_set_max_recv_msg_length(peer->wslay, MOST);
}

static void peer_read(struct peer *peer, struct span bytes)
{
    peer->rest = bytes;
    bool is_lost = wslay_event_recv(peer->wslay) != 0;
    if (peer->told.end != WSREAD_MORE || (!is_lost && wslay_event_get_read_enabled(peer->wslay)))
        return;
    (void)wslay_event_send(peer->wslay); /* its answer says why */
    unsigned code = wslay_event_get_status_code_sent(peer->wslay);
    wstold_end(&peer->told, WSREAD_FAULT, is_lost ? WS_CLOSE_PROTOCOL_ERROR : code, SPAN(""));
}

/* ---- the comparison ---- */

static bool is_same(const struct wstold *ours, const struct wstold *theirs)
{
    return ours->end == theirs->end && ours->code == theirs->code &&
           span_equal(buf_span(&ours->reason), buf_span(&theirs->reason)) &&
           ours->is_open == theirs->is_open &&
           (!ours->is_open || span_equal(buf_span(&ours->message), buf_span(&theirs->message)));
}

/* Whether the ends differ, about a close frame, as the essay says. */
static bool may_differ(const struct wstold *ours, const struct wstold *theirs)
{
    switch (ours->end) {
    case WSREAD_CLOSE:
        return ours->code >= 1012 && ours->code <= 1014 && theirs->end == WSREAD_FAULT &&
               theirs->code == WS_CLOSE_PROTOCOL_ERROR;
    case WSREAD_FAULT:
        return ours->code == WS_CLOSE_PROTOCOL_ERROR &&
               (theirs->code == WS_CLOSE_NONE || theirs->code == WS_CLOSE_NOT_UTF8);
    default: /* we wait for the rest */
        return theirs->end == WSREAD_FAULT && theirs->code == WS_CLOSE_NOT_UTF8;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > WHOLE_MOST)
        return 0;
    enum ws_speaker speaker = data[0] & 1 ? WS_SERVER : WS_CLIENT;
    struct span frames = span((const char *)data + 2, size - 2);
    struct wsreader reader = {0};
    struct wstold ours = {0};
    wstold_read(&ours, &reader, speaker, MOST, frames);

    static const char filling[FILLING];
    struct peer peer;
    peer_init(&peer, speaker);
    peer_read(&peer, frames);
    if (ours.end == WSREAD_FAULT)
        peer_read(&peer, span(filling, sizeof(filling)));

    CHECK(span_equal(buf_span(&ours.line), buf_span(&peer.told.line)));
    CHECK(is_same(&ours, &peer.told) ||
          (reader.opcode == WS_OP_CLOSE && may_differ(&ours, &peer.told)));
    wslay_event_context_free(peer.wslay);
    wstold_done(&peer.told);
    wstold_done(&ours);
    wsreader_done(&reader);
    return 0;
}
