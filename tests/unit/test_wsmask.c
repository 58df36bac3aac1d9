/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/buf.h"
#include "frontend/wsmask.h"

static void take_all(struct sendq *queue, struct buf *out)
{
    while (!sendq_is_empty(queue)) {
        struct span front = sendq_front(queue);
        assert_true(front.len > 0);
        buf_append(out, front);
        sendq_consume(queue, front.len);
    }
    assert_int_equal(queue->bytes, 0);
}

/* Writes a frame of `len` bytes and wants this head in front of the mask. */
static void assert_frame(struct wsmasks *masks, size_t len, const char *head, size_t head_len)
{
    char *payload = malloc(len + 1);
    assert_non_null(payload);
    for (size_t i = 0; i < len; i++)
        payload[i] = (char)(i * 13 + 5);
    struct sendq queue = {0};
    struct buf frame = {0};
    sendq_append(&queue, SPAN("odd")); /* so that blocks end in the middle of a mask */
    wsmask_frame(masks, &queue, WS_OP_BINARY, true, span(payload, len));
    take_all(&queue, &frame);
    const char *bytes = buf_span(&frame).at + 3;
    assert_int_equal(frame.len, 3 + head_len + WSMASK_BYTES + len);
    assert_memory_equal(bytes, head, head_len);
    const char *mask = bytes + head_len;
    for (size_t i = 0; i < len; i++)
        if ((char)(mask[WSMASK_BYTES + i] ^ mask[i % WSMASK_BYTES]) != payload[i])
            fail_msg("byte %zu of %zu is not what it was", i, len);
    buf_done(&frame);
    free(payload);
}

static void a_frame_of_any_length_can_be_read_again(void **state)
{
    (void)state;
    struct wsmasks masks = {0};
    assert_frame(&masks, 0, "\x82\x80", 2);
    for (size_t len = 1; len < 20; len++) {
        char head[] = {(char)0x82, (char)(0x80 | len)};
        assert_frame(&masks, len, head, 2);
    }
    assert_frame(&masks, 125, "\x82\xfd", 2);
    assert_frame(&masks, 126, "\x82\xfe\x00\x7e", 4);
    assert_frame(&masks, 65535, "\x82\xfe\xff\xff", 4);
    assert_frame(&masks, 65536, "\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00", 10);
    assert_frame(&masks, 200001, "\x82\xff\x00\x00\x00\x00\x00\x03\x0d\x41", 10);
}

static void a_fragment_is_not_final(void **state)
{
    (void)state;
    struct wsmasks masks = {0};
    struct sendq queue = {0};
    wsmask_frame(&masks, &queue, WS_OP_TEXT, false, SPAN("a"));
    assert_memory_equal(sendq_front(&queue).at, "\x01\x81", 2);
    sendq_clear(&queue);
    wsmask_frame(&masks, &queue, WS_OP_CONTINUATION, true, SPAN(""));
    assert_memory_equal(sendq_front(&queue).at, "\x80\x80", 2);
    sendq_clear(&queue);
}

static void each_frame_has_a_mask_of_its_own(void **state)
{
    (void)state;
    enum { MANY = 2000 }; /* more than are fetched at a time */
    struct wsmasks masks = {0};
    uint32_t seen[MANY];
    for (size_t i = 0; i < MANY; i++) {
        struct sendq queue = {0};
        wsmask_frame(&masks, &queue, WS_OP_PING, true, SPAN(""));
        memcpy(&seen[i], sendq_front(&queue).at + 2, sizeof(seen[i]));
        sendq_clear(&queue);
    }
    unsigned repeated = 0;
    for (size_t i = 0; i < MANY; i++)
        for (size_t j = 0; j < i; j++)
            repeated += seen[i] == seen[j];
    assert_in_range(repeated, 0, 3); /* chance: one such pair in 2000 runs */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_of_any_length_can_be_read_again),
        cmocka_unit_test(a_fragment_is_not_final),
        cmocka_unit_test(each_frame_has_a_mask_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
