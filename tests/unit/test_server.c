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

/* A carrier that does what the test says, and notes what it is asked. */
struct courier {
    struct carrier carrier;
    uint64_t first;
    size_t count;
    unsigned begun;
    bool is_over;
    struct post_result result;
};

static void courier_begin(struct carrier *carrier, const struct outbox *outbox, uint64_t first,
                          size_t count)
{
    struct courier *courier = (struct courier *)carrier;
    (void)outbox_at(outbox, first + count - 1);
    courier->first = first;
    courier->count = count;
    courier->begun++;
    courier->is_over = false;
}

static bool courier_go_on(struct carrier *carrier, bool is_late, struct post_result *result)
{
    struct courier *courier = (struct courier *)carrier;
    *result = courier->result;
    return courier->is_over || is_late;
}

static void courier_free(struct carrier *carrier)
{
    free(carrier);
}

static const struct carrier_kind courier_kind = {courier_begin, courier_go_on, courier_free};

/* Has the world's server reached by a courier instead. */
static struct courier *send_courier(struct world *world)
{
    struct courier *courier = mem_new(sizeof(*courier));
    courier->carrier = (struct carrier){.kind = &courier_kind, .shown = "tcp://h:1", .fd = -1};
    struct carrier *carrier = &courier->carrier;
    server_free(world->server);
    world->server = server_new_carried(&carrier, &rules, &world->outbox);
    assert_null(carrier);
    return courier;
}

static void a_carrier_gets_batches_one_after_the_other(void **state)
{
    struct world *world = *state;
    struct courier *courier = send_courier(world);
    put(world, 2, 1, true);
    server_turn(world->server, 0, 0);
    put(world, 10, 1, true);
    assert_int_equal(courier->count, 2);
    assert_false(server_go_on(world->server, 10));
    assert_int_equal(server_due_ms(world->server), 6000);
    courier->is_over = true;
    assert_true(server_go_on(world->server, 11));
    assert_false(server_go_on(world->server, 11)); /* nothing is under way */
    assert_int_equal(world->server->next, 3);
    server_turn(world->server, 12, 0);
    assert_int_equal(courier->first, 3);
    assert_int_equal(courier->count, 8);
}

static void a_carrier_that_is_late_has_the_same_again_until_patience_ends(void **state)
{
    struct world *world = *state;
    struct courier *courier = send_courier(world);
    struct server *server = world->server;
    courier->result = (struct post_result){.outcome = POST_NOT_TAKEN, .text = "nobody there"};
    put(world, 3, 1, true);
    server_turn(server, 0, 0);
    put(world, 3, 1, true);
    assert_false(server_go_on(server, 5999));
    assert_true(server_go_on(server, 6000));
    assert_int_equal(server->state, SERVER_RESTING);
    server_turn(server, 6100, 0);
    assert_int_equal(courier->begun, 2);
    assert_int_equal(courier->first, 1);
    assert_int_equal(courier->count, 3);
    assert_int_equal(server_due_ms(server), 9000);
    assert_true(server_go_on(server, 9000));
    assert_string_equal(server->why, "tcp://h:1 did not take messages 1 to 3, 2 tries in 9.0 s; "
                                     "last: nobody there");
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
        cmocka_unit_test_setup_teardown(a_carrier_gets_batches_one_after_the_other, begin, end),
        cmocka_unit_test_setup_teardown(
            a_carrier_that_is_late_has_the_same_again_until_patience_ends, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
