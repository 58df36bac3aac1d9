/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/route.h"

static void add(struct routes *routes, const char *line)
{
    char *why = routes_add(routes, span_of(line));
    if (why)
        fail_msg("%s: %s", line, why);
}

/* Matching: each line's id is the answer. */

static const char *found(const struct routes *routes, const char *host, const char *path,
                         bool is_ssl, bool is_ws)
{
    const struct route *route = routes_find(routes, span_of(host), span_of(path), is_ssl, is_ws);
    return route ? route->id : "none";
}

static struct routes *table(const char *const *lines)
{
    struct routes *routes = routes_new();
    for (; *lines; lines++)
        add(routes, *lines);
    return routes;
}

static void an_exact_host_shadows_the_default_even_where_its_rules_do_not_match(void **state)
{
    (void)state;
    struct routes *routes = table((const char *const[]){
        "*,id=any a:1", "example.com,path_beg=/api,id=api a:1", "zzz,id=z a:1", NULL});
    assert_string_equal(found(routes, "example.com", "/api/x", false, false), "api");
    assert_string_equal(found(routes, "example.com", "/other", false, false), "none");
    assert_string_equal(found(routes, "other.com", "/api", false, false), "any");
    assert_string_equal(found(routes, "", "/", false, false), "any");
    assert_string_equal(found(routes, "example.co", "/", false, false), "any");
    assert_string_equal(found(routes, "example.com.", "/", false, false), "any");
    routes_free(routes);
}

static void hosts_match_in_any_case_and_with_any_port(void **state)
{
    (void)state;
    struct routes *routes =
        table((const char *const[]){"example.com,id=e a:1", "[::1],id=six a:1", NULL});
    assert_string_equal(found(routes, "EXAMPLE.com:8080", "/", false, false), "e");
    assert_string_equal(found(routes, "example.com:", "/", false, false), "e");
    assert_string_equal(found(routes, "[::1]:7999", "/", false, false), "six");
    assert_string_equal(found(routes, "[::1]", "/", false, false), "six");
    assert_string_equal(found(routes, "example.org", "/", false, false), "none");
    routes_free(routes);
}

static void a_host_with_a_nul_byte_is_another_host(void **state)
{
    (void)state;
    struct routes *routes = table((const char *const[]){"ab,id=ab a:1", NULL});
    assert_null(routes_find(routes, SPAN("ab\0cdefgh"), SPAN("/"), false, false));
    assert_null(routes_find(routes, SPAN("a\0b"), SPAN("/"), false, false));
    routes_free(routes);
}

static void a_given_proto_beats_none_before_the_longer_path(void **state)
{
    (void)state;
    struct routes *routes =
        table((const char *const[]){"*,path_beg=/long/path,id=long a:1", "*,proto=ws,id=ws a:1",
                                    "*,proto=http,id=http a:1", NULL});
    assert_string_equal(found(routes, "h", "/long/path", false, true), "ws");
    assert_string_equal(found(routes, "h", "/long/path", false, false), "http");
    routes_free(routes);
}

static void the_longer_path_beats_the_given_ssl(void **state)
{
    (void)state;
    struct routes *routes =
        table((const char *const[]){"*,id=all a:1", "*,path_beg=/a,ssl=yes,id=a-tls a:1",
                                    "*,path_beg=/a,id=a a:1", "*,path_beg=/a/b,id=b a:1", NULL});
    assert_string_equal(found(routes, "h", "/a/b/c", true, false), "b");
    assert_string_equal(found(routes, "h", "/a/bc", true, false), "b"); /* not by segments */
    assert_string_equal(found(routes, "h", "/a", true, false), "a-tls");
    assert_string_equal(found(routes, "h", "/a", false, false), "a");
    assert_string_equal(found(routes, "h", "/", true, false), "all");
    routes_free(routes);
}

static void a_given_ssl_admits_only_its_kind_of_client(void **state)
{
    (void)state;
    struct routes *routes =
        table((const char *const[]){"*,ssl=no,id=plain a:1", "*,ssl=yes,id=tls a:1", NULL});
    assert_string_equal(found(routes, "h", "/", false, false), "plain");
    assert_string_equal(found(routes, "h", "/", true, false), "tls");
    routes_free(routes);
}

static void a_route_without_a_host_is_found_by_its_id_only(void **state)
{
    (void)state;
    struct routes *routes = table((const char *const[]){"id=self a:1", NULL});
    assert_string_equal(found(routes, "", "/", false, false), "none");
    assert_string_equal(found(routes, ":80", "/", false, false), "none");
    assert_ptr_equal(routes_find_id(routes, SPAN("self")), routes_at(routes, 0));
    assert_null(routes_find_id(routes, SPAN("sel")));
    assert_null(routes_find_id(routes, SPAN("")));
    routes_free(routes);
}

static void routes_with_an_id_are_numbered_in_their_order(void **state)
{
    struct routes *routes = routes_new();
    (void)state;
    add(routes, "*,id=all 127.0.0.1:80");
    add(routes, "plain.example 127.0.0.1:80");
    add(routes, "named.example,id=named 127.0.0.1:80");
    assert_int_equal(routes_identified(routes), 2);
    assert_int_equal(routes_at(routes, 0)->number, 1);
    assert_int_equal(routes_at(routes, 1)->number, 0);
    assert_int_equal(routes_at(routes, 2)->number, 2);
    assert_string_equal(routes_id(routes, 1), "all");
    assert_string_equal(routes_id(routes, 2), "named");
    routes_free(routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_host_shadows_the_default_even_where_its_rules_do_not_match),
        cmocka_unit_test(hosts_match_in_any_case_and_with_any_port),
        cmocka_unit_test(a_host_with_a_nul_byte_is_another_host),
        cmocka_unit_test(a_given_proto_beats_none_before_the_longer_path),
        cmocka_unit_test(the_longer_path_beats_the_given_ssl),
        cmocka_unit_test(a_given_ssl_admits_only_its_kind_of_client),
        cmocka_unit_test(a_route_without_a_host_is_found_by_its_id_only),
        cmocka_unit_test(routes_with_an_id_are_numbered_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
