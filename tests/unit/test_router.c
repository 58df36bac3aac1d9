/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole router thread, with a publisher on TCP at one end and the test as
 * its only frontend at the other.
 */
#include "tests/support/router_stage.h"

#include <pthread.h>

static void *close_router(void *router)
{
    router_close(router);
    return NULL;
}

/* Full as soon as anything awaits the frontend, which from the start is a question. */
static void make_bus_narrow(struct stage *stage)
{
    stage->config.limits.bus_frames = 0;
}

/* Drains the bus, again where the next question came before the publisher. */
static const char *drain_until_answered(struct stage *stage, int fd)
{
    for (int waited_ms = 0; waited_ms < BUS_PATIENCE_MS; waited_ms += QUIET_MS) {
        bus_drain(&stage->router_stats, &stage->frontend);
        if (!is_quiet(fd))
            break;
    }
    return read_answer(fd);
}

static void a_publication_is_answered_and_reaches_the_frontend(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    assert_answer(post(stage->port, "", BODY("news")), "200 OK", "Published\n");
    assert_string_equal(bus_next_channel(stage->down), "news");
    assert_int_equal(stats_read(&stage->router_stats, STAT_items_published), 1);
}

static void the_answer_has_the_type_that_was_asked_for(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    const char *answer =
        post(stage->port, "Accept: text/html\r\nAccept: application/json\r\n", BODY("news"));
    assert_answer(answer, "200 OK", "{\"message\":\"Published\"}\n");
    assert_non_null(strstr(answer, "Content-Type: application/json\r\n"));
    assert_answer(post(stage->port, "Accept: image/png\r\n", BODY("news")), "406 ",
                  "Not Acceptable. Supported formats are text/plain and application/json.\n");
}

static void pipelined_requests_are_answered_in_order_on_one_connection(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    int fd = connect_publisher(stage->port);
    send_post(fd, "", BODY("a"));
    send_post(fd, "", "{");
    send_post(fd, "", BODY("b"));
    assert_answer(read_answer(fd), "200 OK", "Published\n");
    assert_answer(read_answer(fd), "400 Bad Request", "Body is not valid JSON.\n");
    assert_answer(read_answer(fd), "200 OK", "Published\n");
    assert_string_equal(bus_next_channel(stage->down), "a");
    assert_string_equal(bus_next_channel(stage->down), "b");
    close(fd);
}

static void who_has_no_token_is_told_how_to_send_one(void **state)
{
    struct stage *stage = *state;
    stage->permit = permit_new(SPAN("token"));
    permit_add_token(stage->permit, "secret");
    stage->config.permits = &stage->permit;
    stage->config.permit_count = 1;
    open_stage(stage);
    const char *answer = post(stage->port, "", "no json");
    assert_answer(answer, "401 Unauthorized",
                  "Publishing here needs a token: send Fastly-Key: TOKEN or "
                  "Authorization: Bearer TOKEN.\n");
    assert_non_null(strstr(answer, "WWW-Authenticate: Bearer realm=\"holdfast\"\r\n"));
    assert_memory_equal(post(stage->port, "Fastly-Key: wrong\r\n", BODY("a")) + 9, "401", 3);
    assert_memory_equal(post(stage->port, "Fastly-Key: secret\r\n", BODY("a")) + 9, "200", 3);
    assert_memory_equal(post(stage->port, "Authorization: Bearer secret\r\n", BODY("a")) + 9, "200",
                        3);
    assert_int_equal(stats_read(&stage->router_stats, STAT_publishes_refused), 2);
}

static void a_page_of_another_site_cannot_publish(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    assert_memory_equal(post(stage->port, "Origin: http://evil.example\r\n", BODY("a")) + 9, "403",
                        3);
    /* A name may be one that the page's owner has turned to us. */
    assert_memory_equal(post(stage->port, "Origin: http://broker\r\n", BODY("a")) + 9, "403", 3);
    assert_memory_equal(ask(stage->port,
                            "POST /publish/ HTTP/1.1\r\nHost: localhost\r\n"
                            "Origin: http://localhost\r\nContent-Length: 2\r\n\r\n{}") +
                            9,
                        "400", 3);
}

static void the_publish_endpoint_takes_posts_only(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    const char *answer = ask(stage->port, "GET /publish/ HTTP/1.1\r\nHost: broker\r\n\r\n");
    assert_answer(answer, "405 Method Not Allowed", "Method not allowed: GET.\n");
    assert_non_null(strstr(answer, "Allow: POST\r\n"));
}

static void a_request_of_doubtful_framing_ends_its_connection(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    int fd = connect_publisher(stage->port);
    send_text(fd, "POST /publish/ HTTP/1.1\r\nHost: broker\r\nHost: b\r\n\r\n"
                  "GET / HTTP/1.1\r\nHost: broker\r\n\r\n");
    assert_answer(read_answer(fd), "400 Bad Request", "Host is there twice\n");
    char byte;
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
}

static void an_operator_learns_that_all_is_well(void **state)
{
    struct stage *stage = *state;
    open_stage(stage);
    assert_answer(ask(stage->port, "GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n"), "200 OK", "ok\n");
    assert_answer(ask(stage->port, "GET /readyz HTTP/1.1\r\nHost: b\r\n\r\n"), "200 OK", "ready\n");
    stats_end(&stage->frontend, REASON_SLOW_CLIENT);
    stats_add(&stage->frontend, STAT_items_published, 2);
    (void)post(stage->port, "", BODY("a"));
    const char *metrics = ask(stage->port, "GET /metrics HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_non_null(strstr(metrics, "# TYPE holdfast_items_published_total counter\n"
                                    "holdfast_items_published_total 3\n"));
    assert_non_null(strstr(metrics, "# TYPE holdfast_holds gauge\nholdfast_holds 0\n"));
    assert_non_null(strstr(metrics, "\nholdfast_ended_total{reason=\"slow_client\"} 1\n"));
}

static void publishers_wait_while_the_bus_is_full_and_keep_their_order(void **state)
{
    struct stage *stage = *state;
    make_bus_narrow(stage);
    stage->config.limits.publish_wait_ms = 60000;
    open_stage(stage);
    assert_answer(ask(stage->port, "GET /readyz HTTP/1.1\r\nHost: b\r\n\r\n"), "503 ",
                  "the bus is full: publishers wait\n");
    int first = connect_publisher(stage->port);
    send_post(first, "", BODY("first"));
    assert_true(is_quiet(first));
    int second = connect_publisher(stage->port);
    send_post(second, "", BODY("second"));
    assert_true(is_quiet(second));

    assert_answer(drain_until_answered(stage, first), "200 OK", "Published\n");
    assert_answer(drain_until_answered(stage, second), "200 OK", "Published\n");
    assert_string_equal(bus_next_channel(stage->down), "first");
    assert_string_equal(bus_next_channel(stage->down), "second");
    close(first);
    close(second);
}

static void a_publisher_that_waited_too_long_is_told_to_come_back(void **state)
{
    struct stage *stage = *state;
    make_bus_narrow(stage);
    stage->config.limits.publish_wait_ms = 0;
    open_stage(stage);
    const char *answer = post(stage->port, "", BODY("late"));
    assert_answer(answer, "503 Service Unavailable",
                  "The broker is busy: no room on the bus for publish_wait_ms (0 ms).\n");
    assert_non_null(strstr(answer, "Retry-After: 1\r\n"));
}

static void closing_refuses_who_waits_when_its_time_is_up(void **state)
{
    struct stage *stage = *state;
    make_bus_narrow(stage);
    stage->config.limits.publish_wait_ms = 60000;
    stage->config.limits.stop_wait_ms = 0;
    open_stage(stage);
    int waiting = connect_publisher(stage->port);
    send_post(waiting, "", BODY("waits"));
    assert_true(is_quiet(waiting));

    router_close(stage->router);
    assert_answer(read_answer(waiting), "503 ", "The broker is stopping.\n");
    assert_int_equal(stats_read(&stage->router_stats, STAT_items_published), 0);
    close(waiting);
}

static void closing_answers_who_waits_while_there_is_time(void **state)
{
    struct stage *stage = *state;
    make_bus_narrow(stage);
    stage->config.limits.publish_wait_ms = 60000;
    stage->config.limits.stop_wait_ms = 60000;
    open_stage(stage);
    int waiting = connect_publisher(stage->port);
    send_post(waiting, "", BODY("waits"));
    assert_true(is_quiet(waiting));

    pthread_t closing;
    (void)pthread_create(&closing, NULL, close_router, stage->router);
    assert_true(is_quiet(waiting));
    assert_answer(drain_until_answered(stage, waiting), "200 OK", "Published\n");
    (void)pthread_join(closing, NULL);
    assert_string_equal(bus_next_channel(stage->down), "waits");
    close(waiting);
}

static void a_request_that_is_arriving_when_closing_begins_is_taken_and_the_idle_go(void **state)
{
    struct stage *stage = *state;
    stage->config.limits.stop_wait_ms = 60000;
    open_stage(stage);
    int idle = connect_publisher(stage->port);
    send_text(idle, "GET / HTTP/1.1\r\nHost: broker\r\n\r\n");
    assert_answer(read_answer(idle), "200 OK", "holdfast publish API\n");
    int fd = connect_publisher(stage->port);
    send_text(fd, "POST /publish/ HTTP/1.1\r\nHost: broker\r\nExpect: 100-continue\r\n"
                  "Content-Length: 74\r\n\r\n");
    char interim[sizeof("HTTP/1.1 100 Continue\r\n\r\n") - 1];
    assert_int_equal(recv(fd, interim, sizeof(interim), MSG_WAITALL), sizeof(interim));

    pthread_t closing;
    (void)pthread_create(&closing, NULL, close_router, stage->router);
    char byte;
    assert_int_equal(recv(idle, &byte, 1, 0), 0);
    assert_true(is_quiet(fd));
    send_text(fd, BODY("arrive"));
    const char *answer = read_answer(fd);
    assert_answer(answer, "200 OK", "Published\n");
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    (void)pthread_join(closing, NULL);
    assert_string_equal(bus_next_channel(stage->down), "arrive");
    close(fd);
    close(idle);
}

static void a_publisher_that_leaves_while_it_waits_does_no_harm(void **state)
{
    struct stage *stage = *state;
    make_bus_narrow(stage);
    stage->config.limits.publish_wait_ms = 60000;
    open_stage(stage);
    int waiting = connect_publisher(stage->port);
    send_post(waiting, "", BODY("waits"));
    assert_true(is_quiet(waiting));
    close(waiting);
    int last = connect_publisher(stage->port);
    send_post(last, "", BODY("last"));
    assert_answer(drain_until_answered(stage, last), "200 OK", "Published\n");
    close(last);
    assert_string_equal(bus_next_channel(stage->down), "waits");
    assert_answer(ask(stage->port, "GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n"), "200 OK", "ok\n");
}

int main(void)
{
#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, set_stage, clear_stage)
    const struct CMUnitTest tests[] = {
        ON_STAGE(a_publication_is_answered_and_reaches_the_frontend),
        ON_STAGE(the_answer_has_the_type_that_was_asked_for),
        ON_STAGE(pipelined_requests_are_answered_in_order_on_one_connection),
        ON_STAGE(who_has_no_token_is_told_how_to_send_one),
        ON_STAGE(a_page_of_another_site_cannot_publish),
        ON_STAGE(the_publish_endpoint_takes_posts_only),
        ON_STAGE(a_request_of_doubtful_framing_ends_its_connection),
        ON_STAGE(an_operator_learns_that_all_is_well),
        ON_STAGE(publishers_wait_while_the_bus_is_full_and_keep_their_order),
        ON_STAGE(a_publisher_that_waited_too_long_is_told_to_come_back),
        ON_STAGE(closing_refuses_who_waits_when_its_time_is_up),
        ON_STAGE(closing_answers_who_waits_while_there_is_time),
        ON_STAGE(a_request_that_is_arriving_when_closing_begins_is_taken_and_the_idle_go),
        ON_STAGE(a_publisher_that_leaves_while_it_waits_does_no_harm),
    };
    zsys_handler_set(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
