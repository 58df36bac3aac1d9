/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "frontend/sendq.h"

static void bytes_come_out_in_order_however_they_went_in(void **state)
{
    (void)state;
    struct sendq queue = {0};
    unsigned in = 0, out = 0;
    for (size_t round = 1; round < 60; round++) {
        char bytes[5000];
        size_t len = round * 7919 % sizeof(bytes);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(in++ % 251);
        sendq_append(&queue, span(bytes, len));
        struct span front = sendq_front(&queue);
        size_t taken = front.len > 3000 ? 3000 : front.len;
        for (size_t i = 0; i < taken; i++)
            assert_int_equal(front.at[i], (char)(out++ % 251));
        if (taken)
            sendq_consume(&queue, taken);
        assert_int_equal(queue.bytes, in - out);
    }
    while (!sendq_is_empty(&queue)) {
        struct span front = sendq_front(&queue);
        for (size_t i = 0; i < front.len; i++)
            assert_int_equal(front.at[i], (char)(out++ % 251));
        sendq_consume(&queue, front.len);
    }
    assert_int_equal(in, out);
    assert_int_equal(sendq_front(&queue).len, 0);
}

static void the_front_stays_where_it_is_while_more_comes(void **state)
{
    (void)state;
    struct sendq queue = {0};
    sendq_append(&queue, SPAN("first"));
    sendq_consume(&queue, 2);
    struct span before = sendq_front(&queue);
    static const char many[100000];
    sendq_append(&queue, span(many, sizeof(many)));
    struct span after = sendq_front(&queue);
    assert_ptr_equal(after.at, before.at);
    assert_true(after.len > before.len);
    assert_true(after.len <= 16384);
    sendq_clear(&queue);
    assert_int_equal(queue.bytes, 0);
    assert_true(sendq_is_empty(&queue));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_in_order_however_they_went_in),
        cmocka_unit_test(the_front_stays_where_it_is_while_more_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
