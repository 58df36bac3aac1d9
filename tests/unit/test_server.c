/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/mem.h"
#include "publisher/server.h"

/* A server that no byte is ever sent to: the test says what became of each POST. */
struct world {
    CURLM *multi;
    struct outbox outbox;
    struct server *server;
};

static const struct server_rules rules = {
    .retry = {.patience_ms = 9000, .window_ms = 10000, .attempt_ms = 6000}, .batch_items = 8};
static const struct post_rules reach;

static int begin(void **state)
{
    static struct world world;
    char *why = NULL;
    world.multi = curl_multi_init();
    outbox_init(&world.outbox);
    struct gripurl *url = gripurl_read("http://h/?key=s3cret", &why);
    struct credential *credential = credential_new(url, &why);
    struct post *post = post_new(url, &reach, world.multi);
    world.server = server_new(&url, &credential, post, &rules, &world.outbox);
    *state = &world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    server_free(world->server);
    outbox_done(&world->outbox);
    (void)curl_multi_cleanup(world->multi);
    return 0;
}

/* Puts items in, each `len` bytes long. */
static void put(struct world *world, size_t count, size_t len, bool has_id)
{
    for (size_t i = 0; i < count; i++) {
        char *text = mem_new(len + 1);
        memset(text, '0' + (int)(world->outbox.next % 10), len);
        (void)outbox_push(&world->outbox, &text, has_id);
    }
}

/* The POST under way ends so. */
static void answer(struct world *world, long status, enum post_outcome outcome, uint64_t now_ms)
{
    struct post_result result;
    post_end(world->server->post, CURLE_OK, &result);
    result = (struct post_result){.status = status, .outcome = outcome, .text = "Well."};
    server_hear(world->server, &result, now_ms);
}

static void items_gather_while_a_request_is_under_way(void **state)
{
    struct world *world = *state;
    struct server *server = world->server;
    put(world, 1, 1, true);
    server_turn(server, 0, 0);
    assert_int_equal(server->state, SERVER_ASKING);
    assert_int_equal(server->count, 1);
    assert_true(span_equal(buf_span(&server->body), SPAN("{\"items\":[1]}")));
    put(world, 3, 1, true);
    server_turn(server, 1, 0);
    assert_int_equal(server->count, 1);
    answer(world, 200, POST_TAKEN, 2);
    server_turn(server, 2, 0);
    assert_true(span_equal(buf_span(&server->body), SPAN("{\"items\":[2,3,4]}")));
    answer(world, 200, POST_TAKEN, 3);
    assert_int_equal(server->next, 5);
    assert_int_equal(server_due_ms(server), UINT64_MAX);
}

static void a_request_is_bounded_by_items_and_by_bytes(void **state)
{
    struct world *world = *state;
    put(world, 10, 1, true);
    server_turn(world->server, 0, 0);
    assert_int_equal(world->server->count, 8);
    answer(world, 200, POST_TAKEN, 1);
    put(world, 3, 30000, true);
    server_turn(world->server, 1, 0);
    assert_int_equal(world->server->count, 4); /* 1 + 1 + 30000 + 30000 */
    answer(world, 200, POST_TAKEN, 2);
    put(world, 1, 100000, true);
    server_turn(world->server, 2, 0);
    assert_int_equal(world->server->count, 1);
    answer(world, 200, POST_TAKEN, 3);
    server_turn(world->server, 3, 0);
    assert_int_equal(world->server->count, 1); /* the one larger than a body goes alone */
}

/* The third of four is at fault: what stands before it is published, and it is named. */
static void the_one_item_at_fault_is_found(void **state)
{
    struct world *world = *state;
    struct server *server = world->server;
    put(world, 4, 1, true);
    for (int requests = 0; server->state != SERVER_OUT; requests++) {
        assert_true(requests < 8);
        server_turn(server, 0, 0);
        bool has_fault = server->next <= 3 && server->next + server->count > 3;
        answer(world, has_fault ? 400 : 200, has_fault ? POST_REFUSED : POST_TAKEN, 0);
    }
    assert_int_equal(server->next, 3);
    assert_int_equal(server->end, SERVER_REFUSED);
    assert_string_equal(server->why, "http://h/publish/ refused message 3 (400): Well.");
}

static void a_refusal_says_what_to_do_and_no_secret(void **state)
{
    struct world *world = *state;
    put(world, 2, 1, true);
    server_turn(world->server, 0, 0);
    answer(world, 401, POST_REFUSED, 0);
    assert_int_equal(world->server->state, SERVER_OUT);
    assert_non_null(strstr(world->server->why, "messages 1 to 2 (401): Well. Give"));
    assert_null(strstr(world->server->why, "s3cret"));
}

static void a_retry_sends_the_same_when_it_is_due(void **state)
{
    struct world *world = *state;
    struct server *server = world->server;
    put(world, 2, 1, true);
    server_turn(server, 0, 0);
    put(world, 2, 1, true);
    answer(world, 503, POST_NOT_TAKEN, 10);
    assert_int_equal(server->state, SERVER_RESTING);
    assert_int_equal(server_due_ms(server), 110);
    server_turn(server, 109, 0);
    assert_int_equal(server->state, SERVER_RESTING);
    server_turn(server, 110, 0);
    assert_int_equal(server->state, SERVER_ASKING);
    assert_true(span_equal(buf_span(&server->body), SPAN("{\"items\":[1,2]}")));
}

static void what_was_not_confirmed_in_time_is_said_so(void **state)
{
    struct world *world = *state;
    struct server *server = world->server;
    put(world, 1, 1, true);
    server_turn(server, 0, 0);
    answer(world, 0, POST_UNCLEAR, 6000);
    server_turn(server, 6100, 0);
    answer(world, 0, POST_NOT_TAKEN, 8900);
    assert_int_equal(server->state, SERVER_OUT);
    assert_int_equal(server->end, SERVER_SILENT);
    assert_string_equal(server->why,
                        "http://h/publish/ did not confirm, and may or may not have taken, message "
                        "1, 2 tries in 8.9 s; last: Well.");
}

static void an_item_without_id_is_not_sent_twice(void **state)
{
    struct world *world = *state;
    put(world, 1, 1, false);
    server_turn(world->server, 0, 0);
    answer(world, 0, POST_UNCLEAR, 1);
    assert_int_equal(world->server->state, SERVER_OUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(items_gather_while_a_request_is_under_way, begin, end),
        cmocka_unit_test_setup_teardown(a_request_is_bounded_by_items_and_by_bytes, begin, end),
        cmocka_unit_test_setup_teardown(the_one_item_at_fault_is_found, begin, end),
        cmocka_unit_test_setup_teardown(a_refusal_says_what_to_do_and_no_secret, begin, end),
        cmocka_unit_test_setup_teardown(a_retry_sends_the_same_when_it_is_due, begin, end),
        cmocka_unit_test_setup_teardown(what_was_not_confirmed_in_time_is_said_so, begin, end),
        cmocka_unit_test_setup_teardown(an_item_without_id_is_not_sent_twice, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
