/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An inbox at a bus of the test's, with holds that write down what they hear.
 *
 *     send_stream("news", "1")                 what the router says
 *     house->ears[0].heard                     what a hold has heard
 *     up                                       where the router hears answers
 */
#ifndef TESTS_SUPPORT_INBOX_HOUSE_H
#define TESTS_SUPPORT_INBOX_HOUSE_H

#include <czmq.h>

#include "common/bus.h"
#include "common/lastids.h"
#include "common/limits.h"
#include "common/wire.h"
#include "frontend/channels.h"
#include "frontend/hold.h"
#include "frontend/holds.h"
#include "frontend/inbox.h"
#include "frontend/longpoll.h"
#include "tests/unit/cmocka.h"

struct ear {
    struct hold hold;
    char heard[1024]; /* the contents and the headers' values, one after the other */
};

struct house {
    struct limits limits;
    struct stats stats;
    struct traffic traffic[3];
    struct holds holds;
    struct lastids *lastids;
    struct longpolls polls;
    struct inbox *inbox;
    struct ear ears[2];
};

/* The router's ends. Their names are free again only some time after a close, so they stay. */
static zsock_t *down, *up;

static inline void write_down(struct ear *ear, struct span text)
{
    size_t len = strlen(ear->heard);
    assert_true(len + text.len < sizeof(ear->heard));
    if (text.len)
        memcpy(ear->heard + len, text.at, text.len);
}

static inline bool deliver(struct hold *hold, const struct publication *publication)
{
    struct ear *ear = container_of(hold, struct ear, hold);
    const struct format *response = &publication->item.formats[FORMAT_RESPONSE];
    const struct format *stream = &publication->item.formats[FORMAT_STREAM];
    if (zsock_events(up) & ZMQ_POLLIN)
        write_down(ear, SPAN("answered "));
    for (size_t i = 0; i < response->header_count; i++)
        write_down(ear, response->headers[i].value);
    if (stream->is_present && stream->action == ACTION_CLOSE)
        hold_doom(hold, REASON_PUBLISHED_CLOSE);
    write_down(ear, stream->content);
    return true;
}

static const struct hold_kind ear_kind = {
    .name = "ear", .hears = FORMAT_STREAM, .deliver = deliver};

static inline struct house *open_house(void)
{
    struct house *house = test_calloc(1, sizeof(*house));
    limits_init(&house->limits);
    holds_init(&house->holds);
    house->holds.loop = loop_new();
    house->holds.limits = &house->limits;
    house->holds.stats = &house->stats;
    house->holds.channels = channels_new(&house->holds);
    house->lastids = lastids_new(10);
    longpolls_init(&house->polls);
    house->holds.traffic = house->traffic;
    house->inbox = inbox_new(&(struct inbox_parts){
        .loop = house->holds.loop,
        .channels = house->holds.channels,
        .lastids = house->lastids,
        .polls = &house->polls,
        .stats = &house->stats,
        .traffic = house->traffic,
        .routes = ARRAY_LEN(house->traffic),
        .frontend = 7,
    });
    (void)zsock_events(down); /* takes the subscription in */
    for (size_t i = 0; i < ARRAY_LEN(house->ears); i++)
        house->ears[i].hold = (struct hold){.kind = &ear_kind, .home = &house->holds};
    return house;
}

static inline void close_house(struct house *house)
{
    for (size_t i = 0; i < ARRAY_LEN(house->ears); i++) {
        channels_leave_all(house->holds.channels, &house->ears[i].hold);
        list_unlink(&house->ears[i].hold.doomed);
    }
    inbox_free(house->inbox);
    lastids_free(house->lastids);
    channels_free(house->holds.channels);
    holds_done(&house->holds);
    loop_free(house->holds.loop);
    test_free(house);
}

static inline void join(struct house *house, size_t ear, const char *channel)
{
    channels_join(house->holds.channels, &house->ears[ear].hold, span_of(channel));
}

static inline void send_item(const struct item *item)
{
    struct buf frame = {0};
    wire_seal(&frame, item);
    assert_int_equal(zmq_send(zsock_resolve(down), frame.bytes, frame.len, 0), frame.len);
    buf_done(&frame);
}

static inline void send_stream(const char *channel, const char *content)
{
    struct item item = {.channel = span_of(channel)};
    item.formats[FORMAT_STREAM] = (struct format){.is_present = true, .content = span_of(content)};
    send_item(&item);
}

static inline void send_close(const char *channel)
{
    struct item item = {.channel = span_of(channel)};
    item.formats[FORMAT_STREAM] = (struct format){.is_present = true, .action = ACTION_CLOSE};
    send_item(&item);
}

static inline void send_response(const char *channel, const char *value)
{
    struct header header = {SPAN("X-Number"), span_of(value)};
    struct item item = {.channel = span_of(channel)};
    item.formats[FORMAT_RESPONSE] =
        (struct format){.is_present = true, .code = 200, .headers = &header, .header_count = 1};
    send_item(&item);
}

static inline void drain(struct house *house)
{
    while (inbox_turn(house->inbox))
        ;
}

static inline void send_numbered(const char *channel, const char *content, uint64_t number)
{
    struct item item = {.channel = span_of(channel), .number = number};
    item.formats[FORMAT_STREAM] = (struct format){.is_present = true, .content = span_of(content)};
    struct buf frame = {0};
    wire_seal(&frame, &item);
    assert_int_equal(zmq_send(zsock_resolve(down), frame.bytes, frame.len, 0), frame.len);
    buf_done(&frame);
}

static inline int open_bus(void **state)
{
    (void)state;
    down = zsock_new(ZMQ_PUB);
    up = zsock_new(ZMQ_PULL);
    return zsock_bind(down, BUS_DOWN) || zsock_bind(up, BUS_UP);
}

static inline int close_bus(void **state)
{
    (void)state;
    zsock_destroy(&down);
    zsock_destroy(&up);
    return 0;
}

#endif
