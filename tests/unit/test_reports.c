/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of a router thread, to which the test is the frontend that counts.
 */
#include <malloc.h>

#include "common/hearing.h"
#include "common/mem.h"
#include "tests/support/router_stage.h"

#define ASKS "Prefer: return=representation\r\n"
#define TWO                                                                                        \
    "{\"items\":["                                                                                 \
    "{\"channel\":\"a\",\"id\":\"\\\"1\",\"formats\":{\"http-stream\":{\"content\":\"x\"}}},"      \
    "{\"channel\":\"b\",\"formats\":{\"http-response\":{\"body\":\"x\"},"                          \
    "\"ws-message\":{\"content\":\"x\"}}}]}"

static zsock_t *up;

static int open_counting(void **state)
{
    (void)set_stage(state);
    open_stage(*state);
    up = bus_connect(ZMQ_PUSH, BUS_UP);
    return 0;
}

static int open_impatient(void **state)
{
    (void)set_stage(state);
    struct stage *stage = *state;
    stage->config.limits.report_wait_ms = 200;
    open_stage(stage);
    up = bus_connect(ZMQ_PUSH, BUS_UP);
    return 0;
}

static int clear_counting(void **state)
{
    zsock_destroy(&up);
    return clear_stage(state);
}

/* Returns: the number under which the next item is counted. */
static uint64_t next_report(struct stage *stage)
{
    for (;;) {
        zmq_msg_t message;
        struct item item = {0};
        uint64_t hash;
        struct header headers[1];
        struct span bytes = bus_next(stage->down, &message);
        bool is_item = !question_is(bytes);
        if (is_item)
            assert_true(wire_open(&item, &hash, bytes, headers, 1));
        zmq_msg_close(&message);
        if (is_item)
            return item.number;
    }
}

static void count(uint64_t report, uint32_t response, uint32_t stream, uint32_t ws)
{
    char word[64];
    const struct hearing hearing = {
        .number = report,
        .heard = {[FORMAT_RESPONSE] = response, [FORMAT_STREAM] = stream, [FORMAT_WS] = ws}};
    size_t len = hearing_size(&hearing);
    hearing_write(word, &hearing);
    assert_int_equal(zmq_send(zsock_resolve(up), word, len, 0), (int)len);
}

static void each_format_is_counted_once_all_frontends_have_answered(void **state)
{
    struct stage *stage = *state;
    int fd = connect_publisher(stage->port);
    send_post(fd, ASKS, TWO);
    uint64_t first = next_report(stage), second = next_report(stage);
    assert_true(first != 0 && second != 0 && first != second);
    count(second, 4, 0, 5);
    assert_true(is_quiet(fd));
    count(first, 0, 3, 0);
    const char *answer = read_answer(fd);
    assert_answer(answer, "200 OK",
                  "{\"message\":\"Published\",\"partial\":false,\"items\":["
                  "{\"id\":\"\\\"1\",\"status\":\"delivered\",\"subscribers\":{\"http-stream\":3}},"
                  "{\"status\":\"delivered\",\"subscribers\":{\"http-response\":4,"
                  "\"ws-message\":5}}]}\n");
    assert_non_null(strstr(answer, "Content-Type: application/json\r\n"));
    close(fd);
}

static void who_does_not_ask_is_not_counted(void **state)
{
    struct stage *stage = *state;
    assert_answer(post(stage->port, "", TWO), "200 OK", "Published\n");
    assert_int_equal(next_report(stage), 0);
    assert_int_equal(next_report(stage), 0);
}

static void a_frontend_that_is_late_makes_a_report_partial(void **state)
{
    struct stage *stage = *state;
    int fd = connect_publisher(stage->port);
    send_post(fd, ASKS, TWO);
    count(next_report(stage), 0, 3, 0);
    uint64_t late = next_report(stage);
    assert_answer(read_answer(fd), "200 OK",
                  "{\"message\":\"Published\",\"partial\":true,\"items\":["
                  "{\"id\":\"\\\"1\",\"status\":\"delivered\",\"subscribers\":{\"http-stream\":3}},"
                  "{\"status\":\"delivered\",\"subscribers\":{\"http-response\":0,"
                  "\"ws-message\":0}}]}\n");
    count(late, 1, 1, 1);
    count(UINT64_MAX, 1, 1, 1);
    send_post(fd, ASKS, BODY("c"));
    count(next_report(stage), 0, 7, 0);
    assert_answer(read_answer(fd), "200 OK",
                  "{\"message\":\"Published\",\"partial\":false,\"items\":["
                  "{\"status\":\"delivered\",\"subscribers\":{\"http-stream\":7}}]}\n");
    close(fd);
}

static void a_publisher_may_leave_before_its_report(void **state)
{
    struct stage *stage = *state;
    int fd = connect_publisher(stage->port);
    send_post(fd, ASKS, BODY("a"));
    uint64_t report = next_report(stage);
    close(fd);
    assert_answer(post(stage->port, "", BODY("b")), "200 OK", "Published\n");
    count(report, 0, 1, 0);
    assert_answer(post(stage->port, "", BODY("c")), "200 OK", "Published\n");
}

/* Returns: a publication with a field of no meaning whose tree is forty times its text; caller
 * frees. */
static char *bulky_body(void)
{
    struct buf body = {0};
    buf_append(&body, SPAN("{\"items\":[{\"channel\":\"a\",\"formats\":{\"http-stream\":"
                           "{\"content\":\"x\"}},\"more\":[[]"));
    for (int i = 0; i < 100000; i++)
        buf_append(&body, SPAN(",[]"));
    buf_append(&body, SPAN("]}]}"));
    return buf_take(&body);
}

static void a_report_that_waits_keeps_nothing_of_the_json(void **state)
{
    struct stage *stage = *state;
    enum { REPORTS = 10 };
    int fds[REPORTS];
    char *body = bulky_body();
    char *head =
        mem_printf("POST /publish/ HTTP/1.1\r\nHost: broker\r\n" ASKS "Content-Length: %zu\r\n\r\n",
                   strlen(body));
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (int i = 0; i < REPORTS; i++) {
        fds[i] = connect_publisher(stage->port);
        send_text(fds[i], head);
        send_text(fds[i], body);
        (void)next_report(stage);
    }
    /* It is served behind them, so what they let go is gone. */
    assert_answer(post(stage->port, "", BODY("b")), "200 OK", "Published\n");
    assert_in_range(mallinfo2().uordblks + mallinfo2().hblkhd - before, 0, 20000000);
    for (int i = 0; i < REPORTS; i++)
        close(fds[i]);
    free(head);
    free(body);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, open_counting, clear_counting)
    const struct CMUnitTest tests[] = {
        test(each_format_is_counted_once_all_frontends_have_answered),
        test(who_does_not_ask_is_not_counted),
        cmocka_unit_test_setup_teardown(a_frontend_that_is_late_makes_a_report_partial,
                                        open_impatient, clear_counting),
        test(a_publisher_may_leave_before_its_report),
        test(a_report_that_waits_keeps_nothing_of_the_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
