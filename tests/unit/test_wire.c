/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/wire.h"
#include "tests/support/items.h"

#define HEADER_ROOM 8

/* An item sealed and opened again. */
struct trip {
    struct buf frame;
    struct header headers[HEADER_ROOM];
    struct item item;
    uint64_t hash;
};

static struct trip trip;

static int forget_trip(void **state)
{
    (void)state;
    buf_done(&trip.frame);
    return 0;
}

static bool reopen(struct span frame)
{
    return wire_open(&trip.item, &trip.hash, frame, trip.headers, HEADER_ROOM);
}

static void travel(const struct item *item)
{
    buf_clear(&trip.frame);
    wire_seal(&trip.frame, item);
    assert_true(trip.frame.len >= 33);
    assert_true(reopen(buf_span(&trip.frame)));
}

static struct item stream_item(struct span content)
{
    return (struct item){.channel = SPAN("c"),
                         .formats[FORMAT_STREAM] = {.is_present = true, .content = content}};
}

static struct item ws_item(enum ws_type type, struct span content)
{
    return (struct item){
        .channel = SPAN("c"),
        .formats[FORMAT_WS] = {.is_present = true, .type = type, .content = content}};
}

static void assert_framed(enum format_kind kind, struct span expected, struct span content)
{
    const struct format *format = &trip.item.formats[kind];
    assert_int_equal(format->framed.len, expected.len);
    if (expected.len)
        assert_memory_equal(format->framed.at, expected.at, expected.len);
    assert_true(span_equal(format->content, content));
}

static void stream_content_is_a_chunk(void **state)
{
    (void)state;
    struct item item = stream_item(SPAN("hi\n"));
    travel(&item);
    assert_framed(FORMAT_STREAM, SPAN("3\r\nhi\n\r\n"), SPAN("hi\n"));

    static char long_content[0x12abc];
    item = stream_item(span(long_content, sizeof(long_content)));
    travel(&item);
    assert_memory_equal(trip.item.formats[FORMAT_STREAM].framed.at, "12abc\r\n", 7);
    assert_int_equal(trip.item.formats[FORMAT_STREAM].framed.len, 7 + sizeof(long_content) + 2);
}

static void empty_stream_content_has_no_framed_bytes(void **state)
{
    (void)state;
    struct item item = stream_item(SPAN(""));
    travel(&item);
    assert_framed(FORMAT_STREAM, SPAN(""), SPAN(""));
}

static void a_message_is_a_server_frame(void **state)
{
    (void)state;
    struct item item = ws_item(WS_TEXT, SPAN("hello"));
    travel(&item);
    assert_framed(FORMAT_WS, SPAN("\x81\x05hello"), SPAN("hello"));
    item = ws_item(WS_BINARY, SPAN("\0\xff"));
    travel(&item);
    assert_framed(FORMAT_WS, SPAN("\x82\x02\0\xff"), SPAN("\0\xff"));
    item = ws_item(WS_PING, SPAN(""));
    travel(&item);
    assert_framed(FORMAT_WS, SPAN("\x89\0"), SPAN(""));
    item = ws_item(WS_PONG, SPAN("p"));
    travel(&item);
    assert_framed(FORMAT_WS, SPAN("\x8a\x01p"), SPAN("p"));
}

static void message_lengths_grow_at_126_and_65536(void **state)
{
    (void)state;
    static char content[65536];
    static const struct {
        size_t len, head_len;
        const char *head;
    } cases[] = {
        {125, 2, "\x82\x7d"},
        {126, 4, "\x82\x7e\x00\x7e"},
        {65535, 4, "\x82\x7e\xff\xff"},
        {65536, 10, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct item item = ws_item(WS_BINARY, span(content, cases[i].len));
        travel(&item);
        const struct format *format = &trip.item.formats[FORMAT_WS];
        assert_int_equal(format->framed.len, cases[i].head_len + cases[i].len);
        assert_memory_equal(format->framed.at, cases[i].head, cases[i].head_len);
        assert_ptr_equal(format->content.at, format->framed.at + cases[i].head_len);
    }
}

static void only_what_is_sent_is_framed(void **state)
{
    (void)state;
    struct item item = ws_item(WS_TEXT, SPAN(""));
    item.formats[FORMAT_WS].action = ACTION_CLOSE;
    item.formats[FORMAT_WS].code = 4001;
    item.formats[FORMAT_WS].reason = SPAN("bye");
    travel(&item);
    assert_framed(FORMAT_WS, SPAN(""), SPAN(""));
    assert_int_equal(trip.item.formats[FORMAT_WS].code, 4001);
}

static void the_hash_of_a_frame_is_that_of_its_channel(void **state)
{
    (void)state;
    struct item item = stream_item(SPAN("x"));
    travel(&item);
    assert_true(trip.hash == wire_channel_hash(SPAN("c")));
    assert_true(trip.hash != wire_channel_hash(SPAN("d")));
}

/* ---- whatever an item holds comes back ---- */

static uint64_t dice = 1;

static unsigned roll(unsigned sides)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(dice >> 33) % sides;
}

/* Bytes that are somewhere in a block of random ones, so that neighbours differ. */
static struct span random_bytes(unsigned most)
{
    static char pool[4096];
    if (!pool[0])
        for (size_t i = 0; i < sizeof(pool); i++)
            pool[i] = (char)(1 + roll(255));
    unsigned len = roll(most + 1);
    return span(pool + roll((unsigned)sizeof(pool) - len), len);
}

static struct span random_name(void)
{
    struct span name = random_bytes(20);
    return name.len ? name : span(NULL, 0);
}

static struct format random_format(enum format_kind kind, const struct header *headers)
{
    struct format format = {.is_present = roll(2)};
    if (!format.is_present)
        return format;
    format.action = roll(4);
    format.code = roll(600);
    format.reason = random_bytes(30);
    format.type = kind == FORMAT_WS ? roll(4) : 0;
    format.content = random_bytes(format.type >= WS_PING ? 125 : 1000);
    if (kind != FORMAT_RESPONSE)
        return format;
    format.patch = random_bytes(100);
    format.headers = headers;
    format.header_count = roll(HEADER_ROOM + 1);
    return format;
}

static struct item random_item(struct header *headers)
{
    struct item item = {.id = random_name(), .prev_id = random_name(), .no_seq = roll(2)};
    item.number = roll(2) ? 0 : (uint64_t)roll(1000) << 40 | 1;
    do
        item.channel = random_bytes(40);
    while (!item.channel.len);
    for (size_t i = 0; i < HEADER_ROOM; i++)
        headers[i] = (struct header){random_bytes(20), random_bytes(50)};
    for (enum format_kind kind = 0; kind < FORMAT_COUNT; kind++)
        item.formats[kind] = random_format(kind, headers);
    return item;
}

static void whatever_an_item_holds_comes_back(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct header headers[HEADER_ROOM];
        struct item item = random_item(headers);
        travel(&item);
        assert_true(items_are_equal(&trip.item, &item));
    }
}

/* A copy of exactly that size, so that a sanitizer sees a read past it. */
static bool opens_copy(const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    if (len)
        memcpy(copy, bytes, len);
    bool opened = reopen(span(copy, len));
    free(copy);
    return opened;
}

static void a_frame_cut_anywhere_is_not_opened(void **state)
{
    (void)state;
    struct header headers[HEADER_ROOM];
    for (int i = 0; i < 20; i++) {
        struct item item = random_item(headers);
        travel(&item);
        for (size_t len = 0; len < trip.frame.len; len++)
            assert_false(opens_copy(trip.frame.bytes, len));
    }
}

/* All lengths stand in the first 70 bytes of this frame; a larger one leaves too little behind it,
 * a smaller one too much. */
static void a_frame_whose_lengths_do_not_add_up_is_not_opened(void **state)
{
    (void)state;
    struct item item = stream_item(SPAN("x"));
    item.id = SPAN("2");
    item.prev_id = SPAN("1");
    travel(&item);
    static const size_t lengths[] = {4, 16, 20, 24, 28, 47, 51, 55};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        char *length = &trip.frame.bytes[lengths[i]];
        char right = *length;
        *length = (char)(right + 1);
        assert_false(opens_copy(trip.frame.bytes, trip.frame.len));
        *length = (char)(right - 1);
        assert_false(opens_copy(trip.frame.bytes, trip.frame.len));
        *length = right;
    }
    assert_true(opens_copy(trip.frame.bytes, trip.frame.len));
}

static void a_frame_of_another_version_or_length_is_not_opened(void **state)
{
    (void)state;
    struct item item = stream_item(SPAN("x"));
    travel(&item);
    trip.frame.bytes[0] = WIRE_VERSION + 1;
    assert_false(reopen(buf_span(&trip.frame)));
    trip.frame.bytes[0] = WIRE_VERSION;
    assert_true(reopen(buf_span(&trip.frame)));
    buf_append(&trip.frame, SPAN("x"));
    assert_false(reopen(buf_span(&trip.frame)));
}

static void a_sealed_item_can_be_given_a_number_and_tells_its_names(void **state)
{
    (void)state;
    struct item item = stream_item(SPAN("x"));
    item.id = SPAN("2");
    travel(&item);
    struct item names = wire_names(buf_span(&trip.frame));
    assert_true(span_equal(names.channel, item.channel));
    assert_true(span_equal(names.id, SPAN("2")));
    assert_null(names.prev_id.at);
    assert_int_equal(names.number, 0);
    wire_number(&trip.frame, UINT64_MAX - 1);
    assert_true(wire_names(buf_span(&trip.frame)).number == UINT64_MAX - 1);
    assert_true(reopen(buf_span(&trip.frame)));
    assert_true(trip.item.number == UINT64_MAX - 1);
}

static void more_headers_than_there_is_room_for_are_not_opened(void **state)
{
    (void)state;
    static const struct header headers[2] = {{{"A", 1}, {"1", 1}}, {{"B", 1}, {"2", 1}}};
    struct item item = {
        .channel = SPAN("c"),
        .formats[FORMAT_RESPONSE] = {.is_present = true, .headers = headers, .header_count = 2}};
    travel(&item);
    assert_false(wire_open(&trip.item, &trip.hash, buf_span(&trip.frame), trip.headers, 1));
}

int main(void)
{
#define RULE(name) cmocka_unit_test_teardown(name, forget_trip)
    const struct CMUnitTest tests[] = {
        RULE(stream_content_is_a_chunk),
        RULE(empty_stream_content_has_no_framed_bytes),
        RULE(a_message_is_a_server_frame),
        RULE(message_lengths_grow_at_126_and_65536),
        RULE(only_what_is_sent_is_framed),
        RULE(the_hash_of_a_frame_is_that_of_its_channel),
        RULE(whatever_an_item_holds_comes_back),
        RULE(a_frame_cut_anywhere_is_not_opened),
        RULE(a_frame_whose_lengths_do_not_add_up_is_not_opened),
        RULE(a_frame_of_another_version_or_length_is_not_opened),
        RULE(a_sealed_item_can_be_given_a_number_and_tells_its_names),
        RULE(more_headers_than_there_is_room_for_are_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
