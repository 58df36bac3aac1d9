/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/route.h"

static struct routes *read(const char *lines)
{
    struct routes *routes = routes_new();
    struct span rest = span_of(lines);
    while (rest.len) {
        char *why = routes_add(routes, span_cut(&rest, '\n'));
        if (why)
            fail_msg("refused: %s", why);
    }
    return routes;
}

static const struct route *find(const struct routes *routes, const char *host, const char *path)
{
    return routes_find(routes, span_of(host), span_of(path), false, false);
}

static void assert_refused(const char *line, const char *with)
{
    struct routes *routes = routes_new();
    char *why = routes_add(routes, span_of(line));
    if (!why)
        fail_msg("accepted: %s", line);
    if (!strstr(why, with))
        fail_msg("%s: \"%s\" does not say \"%s\"", line, why, with);
    free(why);
    routes_free(routes);
}

static void a_line_with_everything_is_read_whole(void **state)
{
    (void)state;
    struct routes *routes =
        read("Api.Example.com,path_beg=/v2,proto=ws,ssl=yes,id=v2,sig_iss=me,sig_key=k,prefix=p-,"
             "as_host=h:1,path_rem=3,replace_beg=/x,debug,aco,header=X-A:1,header=X-B: "
             "back:444,ssl,insecure,over_http,one_event,auto_pong,host=be,trust_connect_host,sub=s "
             "[::1]:9 # a comment\n");
    assert_int_equal(routes_count(routes), 1);
    const struct route *route = routes_at(routes, 0);
    assert_string_equal(route->host, "api.example.com");
    assert_string_equal(route->path_beg, "/v2");
    assert_int_equal(route->proto, ROUTE_WS);
    assert_int_equal(route->ssl, 1);
    assert_string_equal(route->id, "v2");
    assert_string_equal(route->prefix, "p-");
    assert_string_equal(route->as_host, "h:1");
    assert_int_equal(route->path_rem, 3);
    assert_string_equal(route->replace_beg, "/x");
    assert_true(route->debug && route->aco);
    assert_int_equal(route->header_count, 2);
    assert_int_equal(route->headers[1].value.len, 0);
    assert_int_equal(route->target_count, 2);
    const struct target *target = &route->targets[0];
    assert_string_equal(target->host, "back");
    assert_int_equal(target->port, 444);
    assert_true(target->ssl && target->insecure && target->over_http && target->one_event);
    assert_true(target->auto_pong && target->trust_connect_host);
    assert_string_equal(target->host_header, "be");
    assert_string_equal(target->subs[0], "s");
    assert_string_equal(route->targets[1].host, "::1");
    assert_int_equal(route->targets[1].port, 9);
    routes_free(routes);
}

static void quotes_keep_commas_spaces_and_hashes(void **state)
{
    (void)state;
    struct routes *routes = read("*,path_beg=\"/a b,c#d\\\"e\" h:1\n");
    assert_string_equal(routes_at(routes, 0)->path_beg, "/a b,c#d\"e");
    routes_free(routes);
}

static void comments_and_empty_lines_add_nothing(void **state)
{
    (void)state;
    struct routes *routes = read("# all of it\n\n   \n* demo\r\n");
    assert_int_equal(routes_count(routes), 1);
    assert_false(routes_lead_out(routes));
    routes_free(routes);
}

static void a_target_without_port_has_that_of_its_scheme(void **state)
{
    (void)state;
    struct routes *routes = read("* a\nb c,ssl\n");
    assert_int_equal(routes_at(routes, 0)->targets[0].port, 80);
    assert_int_equal(routes_at(routes, 1)->targets[0].port, 443);
    routes_free(routes);
}

static void a_host_with_rules_never_falls_back_on_the_star(void **state)
{
    (void)state;
    struct routes *routes = read("* star:1\nexample.com,path_beg=/x own:1\n");
    assert_string_equal(find(routes, "EXAMPLE.com:8080", "/x/y")->targets[0].host, "own");
    assert_null(find(routes, "example.com", "/y"));
    assert_string_equal(find(routes, "other", "/y")->targets[0].host, "star");
    assert_string_equal(find(routes, "", "/y")->targets[0].host, "star");
    routes_free(routes);
}

static void proto_beats_path_and_the_longer_path_beats_ssl(void **state)
{
    (void)state;
    struct routes *routes = read("*,path_beg=/long/path long:1\n"
                                 "*,path_beg=/long short:1\n"
                                 "*,proto=ws ws:1\n"
                                 "*,ssl=yes tls:1\n"
                                 "* rest:1\n");
    assert_string_equal(find(routes, "h", "/long/path/x")->targets[0].host, "long");
    assert_string_equal(find(routes, "h", "/longer")->targets[0].host, "short");
    assert_string_equal(find(routes, "h", "/")->targets[0].host, "rest");
    assert_string_equal(
        routes_find(routes, SPAN("h"), SPAN("/long/path"), false, true)->targets[0].host, "ws");
    assert_string_equal(routes_find(routes, SPAN("h"), SPAN("/"), true, false)->targets[0].host,
                        "tls");
    routes_free(routes);
}

static void what_cannot_be_followed_is_refused_with_a_sentence(void **state)
{
    (void)state;
    assert_refused("*", "no target");
    assert_refused("* a:b", "port");
    assert_refused("* a:70000", "port");
    assert_refused("* [::1:5", "HOST:PORT");
    assert_refused("* [zz]:5", "IPv6");
    assert_refused("* a:1,nonsense", "nonsense");
    assert_refused("*,nonsense=1 a:1", "nonsense");
    assert_refused("*,sockjs=/x a:1", "Pushpin");
    assert_refused("* zhttp/tcp://x:1", "zhttp");
    assert_refused("*,path_beg=x a:1", "path_beg");
    assert_refused("*.example.com a:1", "*");
    assert_refused("*,proto=ftp a:1", "proto");
    assert_refused("*,ssl=maybe a:1", "ssl");
    assert_refused("*,header=nocolon a:1", "header");
    assert_refused("*,header=\"X: a\x01\" a:1", "control");
    assert_refused("*,path_beg=\"/x a:1", "quote");
    assert_refused(",path_beg=/x a:1", "id=");
    assert_refused("* demo a:1", "demo");
}

static void a_second_rule_of_the_same_condition_or_id_is_refused(void **state)
{
    (void)state;
    struct routes *routes = read("* a:1\nh,id=x b:1\n");
    char *why = routes_add(routes, SPAN("* c:1"));
    assert_non_null(why);
    free(why);
    why = routes_add(routes, SPAN("i,id=x c:1"));
    assert_non_null(why);
    free(why);
    assert_int_equal(routes_count(routes), 2);
    routes_free(routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_with_everything_is_read_whole),
        cmocka_unit_test(quotes_keep_commas_spaces_and_hashes),
        cmocka_unit_test(comments_and_empty_lines_add_nothing),
        cmocka_unit_test(a_target_without_port_has_that_of_its_scheme),
        cmocka_unit_test(a_host_with_rules_never_falls_back_on_the_star),
        cmocka_unit_test(proto_beats_path_and_the_longer_path_beats_ssl),
        cmocka_unit_test(what_cannot_be_followed_is_refused_with_a_sentence),
        cmocka_unit_test(a_second_rule_of_the_same_condition_or_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
