/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/inbox.h"

#include <czmq.h>

#include "common/attendance.h"
#include "common/buf.h"
#include "common/bus.h"
#include "common/check.h"
#include "common/handover.h"
#include "common/hearing.h"
#include "common/interest.h"
#include "common/lastids.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/msgbuf.h"
#include "common/question.h"
#include "common/slab.h"
#include "common/stats.h"
#include "common/wire.h"
#include "frontend/channels.h"
#include "frontend/heard.h"
#include "frontend/hold.h"
#include "frontend/longpoll.h"
#include "frontend/presence.h"
#include "frontend/websocket.h"

/* One turn's worth: the loop must come back to its sockets. */
#define FRAMES_TURN 256
#define BYTES_TURN ((size_t)256 * 1024)

/* More headers than a publisher may send (limits.def, publish_headers at its most). */
#define HEADERS 1000

/* A frame of the bus, alive as long as somebody sends from it. */
struct frame {
    struct msgbuf buf;
    zmq_msg_t message;
    struct inbox *inbox;
};

struct inbox {
    zsock_t *down; /* SUB */
    zsock_t *up;   /* PUSH */
    struct channels *channels;
    struct lastids *lastids;
    struct longpolls *polls;
    struct presences *presences; /* NULL where nobody may ask */
    struct stats *stats;
    struct traffic *traffic; /* by route number */
    unsigned frontend;       /* our number, for answers */
    struct slab frames;
    /* Publications of one channel that came in a row; each shares its frame. */
    struct publication run[HEARD_RUN];
    size_t run_len;
    struct heard heard;             /* who heard the run that is being handed out */
    struct buf hearings;            /* of this turn, which are said in one word */
    struct header headers[HEADERS]; /* of the last of the run, if any */
};

static zsock_t *connect_to(int type, const char *endpoint)
{
    zsock_t *socket = zsock_new(type);
    CHECK(socket);
    zsock_set_sndhwm(socket, 0);
    zsock_set_rcvhwm(socket, 0);
    zsock_set_linger(socket, 0);
    int failed = zsock_connect(socket, "%s", endpoint);
    CHECK(!failed);
    return socket;
}

struct inbox *inbox_new(const struct inbox_parts *parts)
{
    struct inbox *inbox = mem_new(sizeof(*inbox));
    inbox->channels = parts->channels;
    inbox->lastids = parts->lastids;
    inbox->polls = parts->polls;
    inbox->stats = parts->stats;
    inbox->traffic = parts->traffic;
    inbox->frontend = parts->frontend;
    slab_init(&inbox->frames, sizeof(struct frame));
    heard_init(&inbox->heard, parts->routes);
    inbox->up = connect_to(ZMQ_PUSH, BUS_UP);
    inbox->down = connect_to(ZMQ_SUB, BUS_DOWN);
    zsock_set_subscribe(inbox->down, "");
    loop_wake_on_zmq(parts->loop, zsock_resolve(inbox->down));
    return inbox;
}

void inbox_free(struct inbox *inbox)
{
    if (!inbox)
        return;
    zsock_destroy(&inbox->down);
    zsock_destroy(&inbox->up);
    slab_done(&inbox->frames);
    heard_done(&inbox->heard);
    buf_done(&inbox->hearings);
    free(inbox);
}

static void frame_free(struct msgbuf *buf)
{
    struct frame *frame = container_of(buf, struct frame, buf);
    handed_over(zmq_msg_data(&frame->message)); /* the last one of all frontends frees it */
    zmq_msg_close(&frame->message);
    slab_put(&frame->inbox->frames, frame);
}

static struct span frame_bytes(struct frame *frame)
{
    return span(zmq_msg_data(&frame->message), zmq_msg_size(&frame->message));
}

static void answer(struct inbox *inbox, struct span asked)
{
    char reply[QUESTION_BYTES];
    size_t len = question_answer(reply, asked, inbox->frontend);
    stats_add(inbox->stats, STAT_bus_words_sent, 1);
    (void)zmq_send(zsock_resolve(inbox->up), reply, len, ZMQ_DONTWAIT);
}

static void recover(struct inbox *inbox)
{
    lastids_forget_all(inbox->lastids);
    longpolls_recover(inbox->polls);
}

static void refresh(struct inbox *inbox, struct span told)
{
    struct hold *hold = presences_websocket(inbox->presences, question_connection(told));
    if (hold) /* it is another frontend's, or has gone meanwhile */
        websocket_refresh(hold);
}

/* Returns: where `size` bytes are to be written, before send_word(). */
static char *begin_word(zmq_msg_t *word, size_t size)
{
    int failed = zmq_msg_init_size(word, size);
    CHECK(!failed);
    return zmq_msg_data(word);
}

/* Counted before it is sent: the router may have taken it before we are back. */
static void send_word(struct inbox *inbox, zmq_msg_t *word)
{
    stats_add(inbox->stats, STAT_bus_words_sent, 1);
    handed_over(zmq_msg_data(word));
    int sent = zmq_msg_send(word, zsock_resolve(inbox->up), ZMQ_DONTWAIT);
    CHECK(sent >= 0); /* it has no high-water mark */
}

void inbox_tell(void *context, const struct interest *interest)
{
    zmq_msg_t word;
    interest_write(begin_word(&word, interest_size(interest)), interest);
    send_word(context, &word);
}

void inbox_tell_attendance(void *context, const struct attendance *attendance)
{
    zmq_msg_t word;
    attendance_write(begin_word(&word, attendance_size(attendance)), attendance);
    send_word(context, &word);
}

void inbox_watch(struct inbox *inbox, struct presences *presences)
{
    inbox->presences = presences;
}

/* Notes who heard the publication at `place` in the run. */
static void note_hearing(struct inbox *inbox, size_t place)
{
    struct hearing hearing = {.number = inbox->run[place].item.number};
    heard_sum(&inbox->heard, place, &hearing);
    size_t size = hearing_size(&hearing);
    hearing_write(buf_reserve(&inbox->hearings, size), &hearing);
    inbox->hearings.len += size;
}

/* Says what was noted: a word wakes the router, which costs more than what is in it. */
static void tell_hearings(struct inbox *inbox)
{
    struct buf *hearings = &inbox->hearings;
    if (!hearings->len)
        return;
    zmq_msg_t word;
    memcpy(begin_word(&word, hearings->len), hearings->bytes, hearings->len);
    send_word(inbox, &word);
    buf_clear(hearings);
}

static void deliver_run(struct inbox *inbox)
{
    if (!inbox->run_len)
        return;
    channels_deliver(inbox->channels, inbox->run, inbox->run_len, &inbox->heard);
    heard_count(&inbox->heard, inbox->run, inbox->run_len, inbox->traffic);
    for (size_t i = 0; i < inbox->run_len; i++) {
        if (inbox->run[i].item.number)
            note_hearing(inbox, i);
        msgbuf_unref(inbox->run[i].buf);
    }
    heard_clear(&inbox->heard);
    inbox->run_len = 0;
}

static bool is_same_channel(const struct publication *a, const struct publication *b)
{
    return a->hash == b->hash && span_equal(a->item.channel, b->item.channel);
}

/* Appends the frame to the run, whose audience is then walked once for all of it. */
static void take_publication(struct inbox *inbox, struct frame *frame)
{
    struct publication next = {.buf = msgbuf_ref(&frame->buf)};
    bool is_whole = wire_open(&next.item, &next.hash, frame_bytes(frame), inbox->headers, HEADERS);
    CHECK(is_whole); /* the router sealed it */
    if (next.item.prev_id.at)
        next.prev_hash = lastids_hash(next.item.prev_id);
    if (next.item.id.at)
        lastids_note(inbox->lastids, next.hash, lastids_hash(next.item.id));
    if (inbox->run_len && !is_same_channel(&next, inbox->run))
        deliver_run(inbox);
    inbox->run[inbox->run_len++] = next;
    /* There is room for the headers of one. */
    if (inbox->run_len == HEARD_RUN || next.item.formats[FORMAT_RESPONSE].header_count)
        deliver_run(inbox);
}

static void take(struct inbox *inbox, struct frame *frame)
{
    struct span bytes = frame_bytes(frame);
    taken_over(bytes.at);
    stats_add(inbox->stats, STAT_bus_frames_drained, 1);
    stats_add(inbox->stats, STAT_bus_bytes_drained, (int64_t)bytes.len);
    enum question_kind asked = question_kind(bytes);
    if (asked == QUESTION_NONE) {
        take_publication(inbox, frame);
        return;
    }
    deliver_run(inbox); /* what came before the question */
    tell_hearings(inbox);
    if (asked == QUESTION_TURNING)
        answer(inbox, bytes);
    else if (asked == QUESTION_RECOVER)
        recover(inbox);
    else
        refresh(inbox, bytes);
}

/* Returns: the next frame with one reference, NULL where none waits. */
static struct frame *next_frame(struct inbox *inbox)
{
    struct frame *frame = slab_get(&inbox->frames);
    zmq_msg_init(&frame->message);
    if (zmq_msg_recv(&frame->message, zsock_resolve(inbox->down), ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&frame->message);
        slab_put(&inbox->frames, frame);
        return NULL;
    }
    frame->inbox = inbox;
    frame->buf = (struct msgbuf){1, zmq_msg_size(&frame->message), frame_free};
    return frame;
}

/* Returns: whether more may be waiting. */
static bool drain(struct inbox *inbox)
{
    size_t bytes = 0;
    for (int i = 0; i < FRAMES_TURN && bytes < BYTES_TURN; i++) {
        struct frame *frame = next_frame(inbox);
        if (!frame) {
            /* The descriptor is edge-triggered: only this tells that nothing slipped in. */
            return zsock_events(inbox->down) & ZMQ_POLLIN;
        }
        bytes += frame->buf.charge;
        take(inbox, frame);
        msgbuf_unref(&frame->buf);
    }
    return true;
}

bool inbox_turn(struct inbox *inbox)
{
    bool has_more = drain(inbox);
    deliver_run(inbox);
    tell_hearings(inbox);
    return has_more;
}
