/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Presences of requests that exist as far as they are asked about.
 */
#include "tests/unit/cmocka.h"

#include <arpa/inet.h>

#include "common/attendance.h"
#include "common/route.h"
#include "frontend/presence.h"

#define FIRST (UINT64_C(3) << ATTENDANCE_FRONTEND_SHIFT)

static char said[512]; /* in words, one after the other */

static void write_down(void *context, const struct attendance *told)
{
    assert_ptr_equal(context, said);
    size_t len = strlen(said);
    char *at = said + len;
    size_t room = sizeof(said) - len;
    unsigned long long number = told->number - FIRST;
    if (told->is_more)
        (void)snprintf(at, room, "+%llu %s%s route=%u id=%.*s peer=%.*s, ", number,
                       told->is_websocket ? "ws" : "http", told->is_ssl ? " ssl" : "", told->route,
                       (int)told->id.len, told->id.at, (int)told->peer.len, told->peer.at);
    else
        (void)snprintf(at, room, "-%llu, ", number);
}

static socklen_t get_peername(h2o_conn_t *conn, struct sockaddr *sa)
{
    (void)conn;
    struct sockaddr_in address = {.sin_family = AF_INET};
    (void)inet_pton(AF_INET, "192.0.2.7", &address.sin_addr);
    memcpy(sa, &address, sizeof(address));
    return sizeof(address);
}

static const h2o_conn_callbacks_t callbacks = {.get_peername = get_peername};
static h2o_conn_t conn = {.callbacks = &callbacks};
static const struct route route = {.number = 5};

static h2o_req_t *request_of(const h2o_url_scheme_t *scheme)
{
    static h2o_req_t request;
    request.conn = &conn;
    request.input.scheme = scheme;
    return &request;
}

static struct limits limits;
static struct stats own, router;
static const struct stats *const all[] = {&own, &router};

static struct presences *begin(void)
{
    said[0] = '\0';
    limits_init(&limits);
    own = router = (struct stats){0};
    return presences_new(&(struct presences_parts){
        .first = FIRST,
        .tell = write_down,
        .context = said,
        .limits = &limits,
        .stats = &own,
        .all_stats = all,
        .stats_count = ARRAY_LEN(all),
    });
}

static void coming_and_going_is_told_with_a_number_of_its_own(void **state)
{
    (void)state;
    struct presences *presences = begin();
    struct presence *plain =
        presence_of_request(presences, request_of(&H2O_URL_SCHEME_HTTP), &route);
    struct presence *secure =
        presence_of_request(presences, request_of(&H2O_URL_SCHEME_HTTPS), &route);
    presence_end(plain);
    presence_end(secure);
    assert_string_equal(said, "+0 http route=5 id= peer=192.0.2.7, "
                              "+1 http ssl route=5 id= peer=192.0.2.7, -0, -1, ");
    presences_free(presences);
}

static void what_is_handed_on_has_one_owner(void **state)
{
    (void)state;
    struct presences *presences = begin();
    struct presence *presence =
        presence_of_request(presences, request_of(&H2O_URL_SCHEME_HTTP), &route);
    struct presence *taken = presence_take(&presence);
    said[0] = '\0';
    presence_end(presence);
    assert_string_equal(said, "");
    presence_end(taken);
    assert_string_equal(said, "-0, ");
    presences_free(presences);
}

static void a_request_is_no_websocket(void **state)
{
    (void)state;
    struct presences *presences = begin();
    struct presence *presence =
        presence_of_request(presences, request_of(&H2O_URL_SCHEME_HTTP), &route);
    assert_null(presences_websocket(presences, FIRST));
    presence_end(presence);
    presences_free(presences);
}

static void where_nobody_may_ask_there_is_nothing(void **state)
{
    (void)state;
    said[0] = '\0';
    struct presence *presence = presence_of_request(NULL, request_of(&H2O_URL_SCHEME_HTTP), &route);
    assert_null(presence);
    presence_end(presence);
    assert_null(presences_websocket(NULL, 0));
    presences_free(NULL);
    assert_string_equal(said, "");
}

static void while_too_many_words_await_the_router_requests_are_not_told_of(void **state)
{
    (void)state;
    struct presences *presences = begin();
    limits.bus_words = 10;
    stats_add(&own, STAT_bus_words_sent, 15);
    stats_add(&router, STAT_bus_words_drained, 5);
    struct presence *told =
        presence_of_request(presences, request_of(&H2O_URL_SCHEME_HTTP), &route);
    assert_non_null(told);
    stats_add(&own, STAT_bus_words_sent, 1);
    assert_null(presence_of_request(presences, request_of(&H2O_URL_SCHEME_HTTP), &route));
    assert_int_equal(stats_read(&own, STAT_connections_untold), 1);
    stats_add(&router, STAT_bus_words_drained, 17); /* more than we know that others sent */
    struct presence *next =
        presence_of_request(presences, request_of(&H2O_URL_SCHEME_HTTP), &route);
    assert_non_null(next);
    presence_end(told);
    presence_end(next);
    presences_free(presences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coming_and_going_is_told_with_a_number_of_its_own),
        cmocka_unit_test(what_is_handed_on_has_one_owner),
        cmocka_unit_test(a_request_is_no_websocket),
        cmocka_unit_test(where_nobody_may_ask_there_is_nothing),
        cmocka_unit_test(while_too_many_words_await_the_router_requests_are_not_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
