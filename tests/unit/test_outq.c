/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "frontend/outq.h"

static int freed;

static void count_free(struct msgbuf *buf)
{
    (void)buf;
    freed++;
}

static struct msgbuf *lend(struct msgbuf *buf, size_t charge)
{
    *buf = (struct msgbuf){1, charge, count_free};
    return buf;
}

static void one_body_outlives_its_publisher_until_the_slowest_socket_is_done(void **state)
{
    (void)state;
    struct slab slots;
    slab_init(&slots, sizeof(struct outslot));
    struct outq fast = {0}, slow = {0};
    struct msgbuf hello;
    freed = 0;
    outq_push(&fast, &slots, lend(&hello, 100), SPAN("hello"));
    outq_push(&slow, &slots, &hello, SPAN("hello"));
    msgbuf_unref(&hello);
    outq_consume(&fast, &slots, 5);
    assert_int_equal(freed, 0);
    outq_consume(&slow, &slots, 4);
    assert_int_equal(freed, 0);
    outq_consume(&slow, &slots, 1);
    assert_int_equal(freed, 1);
    assert_true(outq_is_empty(&slow));
    slab_done(&slots);
}

static void a_short_write_leaves_the_rest_in_order(void **state)
{
    (void)state;
    struct slab slots;
    slab_init(&slots, sizeof(struct outslot));
    struct outq out = {0};
    outq_push(&out, &slots, NULL, SPAN("abc"));
    outq_push(&out, &slots, NULL, SPAN(""));
    outq_push(&out, &slots, NULL, SPAN("def"));
    struct iovec vec[4];
    assert_int_equal(outq_gather(&out, vec, 4), 2);
    outq_consume(&out, &slots, 4);
    assert_int_equal(outq_gather(&out, vec, 4), 1);
    assert_int_equal(vec[0].iov_len, 2);
    assert_memory_equal(vec[0].iov_base, "ef", 2);
    outq_clear(&out, &slots);
    slab_done(&slots);
}

static void the_charge_is_that_of_whole_msgbufs(void **state)
{
    (void)state;
    struct slab slots;
    slab_init(&slots, sizeof(struct outslot));
    struct outq out = {0};
    struct msgbuf big, small;
    freed = 0;
    outq_push(&out, &slots, lend(&big, 1000), SPAN("x"));
    outq_push(&out, &slots, lend(&small, 10), SPAN("y"));
    msgbuf_unref(&big);
    msgbuf_unref(&small);
    assert_int_equal(out.charge, 1010);
    assert_int_equal(out.items, 2);
    outq_consume(&out, &slots, 1);
    assert_int_equal(out.charge, 10);
    outq_clear(&out, &slots);
    assert_int_equal(out.charge, 0);
    assert_int_equal(freed, 2);
    slab_done(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_body_outlives_its_publisher_until_the_slowest_socket_is_done),
        cmocka_unit_test(a_short_write_leaves_the_rest_in_order),
        cmocka_unit_test(the_charge_is_that_of_whole_msgbufs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
