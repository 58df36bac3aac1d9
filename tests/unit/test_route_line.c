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

/* Returns: a table of one line; caller frees. */
static struct routes *table_of(const char *line)
{
    struct routes *routes = routes_new();
    add(routes, line);
    assert_int_equal(routes_count(routes), 1);
    return routes;
}

static void assert_not_added(struct routes *routes, const char *line, const char *part_of_sentence)
{
    size_t before = routes_count(routes);
    char *why = routes_add(routes, span_of(line));
    if (!why || !strstr(why, part_of_sentence))
        fail_msg("%s: %s", line, why ? why : "was taken");
    free(why);
    assert_int_equal(routes_count(routes), before);
}

static void assert_refused(const char *line, const char *part_of_sentence)
{
    struct routes *routes = routes_new();
    assert_not_added(routes, line, part_of_sentence);
    routes_free(routes);
}

static void a_line_is_a_condition_and_its_targets_in_order(void **state)
{
    (void)state;
    struct routes *routes = table_of("Api.Example.COM,path_beg=/v2  backend:8443,ssl\tspare");
    const struct route *route = routes_at(routes, 0);
    assert_string_equal(route->host, "api.example.com");
    assert_string_equal(route->path_beg, "/v2");
    assert_int_equal(route->target_count, 2);
    assert_string_equal(route->targets[0].host, "backend");
    assert_int_equal(route->targets[0].port, 8443);
    assert_true(route->targets[0].ssl);
    assert_string_equal(route->targets[1].host, "spare");
    assert_int_equal(route->targets[1].port, 80);
    assert_false(route->targets[1].ssl);
    routes_free(routes);
}

static void what_a_line_does_not_say_has_its_default(void **state)
{
    (void)state;
    struct routes *routes = table_of("* a:1");
    const struct route *route = routes_at(routes, 0);
    assert_string_equal(route->host, "*");
    assert_int_equal(route->proto, ROUTE_ANY);
    assert_int_equal(route->ssl, -1);
    assert_null(route->id);
    assert_string_equal(route->path_beg, "");
    assert_string_equal(route->prefix, "");
    assert_null(route->sig_key);
    assert_null(route->sig_iss);
    assert_null(route->as_host);
    assert_null(route->replace_beg);
    assert_false(route->debug || route->no_grip || route->aco);
    const struct target *target = &route->targets[0];
    assert_false(target->ssl || target->insecure || target->trust_connect_host ||
                 target->over_http || target->one_event || target->auto_pong);
    assert_null(target->host_header);
    assert_int_equal(target->sub_count, 0);
    routes_free(routes);
}

static void each_parameter_of_a_condition_is_read(void **state)
{
    (void)state;
    struct routes *routes =
        table_of("h,proto=ws,ssl=no,id=i,path_beg=/p,sig_iss=iss,sig_key=base64:a=b,"
                 "prefix=pre-,as_host=o.example:81,path_rem=3,replace_beg=/r,debug,aco,"
                 "no_grip a:1");
    const struct route *route = routes_at(routes, 0);
    assert_int_equal(route->proto, ROUTE_WS);
    assert_int_equal(route->ssl, 0);
    assert_string_equal(route->id, "i");
    assert_string_equal(route->path_beg, "/p");
    assert_string_equal(route->sig_iss, "iss");
    assert_string_equal(route->sig_key, "base64:a=b");
    assert_string_equal(route->prefix, "pre-");
    assert_string_equal(route->as_host, "o.example:81");
    assert_int_equal(route->path_rem, 3);
    assert_string_equal(route->replace_beg, "/r");
    assert_true(route->debug && route->aco && route->no_grip);
    routes_free(routes);
}

static void header_parameters_set_and_delete_headers(void **state)
{
    (void)state;
    struct routes *routes =
        table_of("*,header=X-One:1,header=\"X-Two: a:b=c \",header=X-Gone: a:1");
    const struct route *route = routes_at(routes, 0);
    static const char *const expected[][2] = {{"X-One", "1"}, {"X-Two", "a:b=c"}, {"X-Gone", ""}};
    assert_int_equal(route->header_count, ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        assert_true(span_equal(route->headers[i].name, span_of(expected[i][0])));
        assert_true(span_equal(route->headers[i].value, span_of(expected[i][1])));
    }
    routes_free(routes);
}

static void each_parameter_of_a_target_is_read(void **state)
{
    (void)state;
    struct routes *routes =
        table_of("* a:1,ssl,insecure,host=h.example:2,trust_connect_host,over_http,one_event,"
                 "auto_pong,sub=one,sub=two");
    const struct target *target = &routes_at(routes, 0)->targets[0];
    assert_int_equal(target->kind, TARGET_ORIGIN);
    assert_true(target->ssl && target->insecure && target->trust_connect_host &&
                target->over_http && target->one_event && target->auto_pong);
    assert_string_equal(target->host_header, "h.example:2");
    assert_int_equal(target->sub_count, 2);
    assert_string_equal(target->subs[0], "one");
    assert_string_equal(target->subs[1], "two");
    routes_free(routes);
}

static void a_target_without_a_port_has_the_port_of_its_scheme(void **state)
{
    (void)state;
    struct routes *routes = table_of("* a b,ssl [::1] [2001:db8::1]:8,ssl");
    const struct target *targets = routes_at(routes, 0)->targets;
    assert_int_equal(targets[0].port, 80);
    assert_int_equal(targets[1].port, 443);
    assert_string_equal(targets[2].host, "::1");
    assert_int_equal(targets[2].port, 80);
    assert_string_equal(targets[3].host, "2001:db8::1");
    assert_int_equal(targets[3].port, 8);
    routes_free(routes);
}

static void demo_and_pushpins_test_are_the_built_in_target(void **state)
{
    (void)state;
    struct routes *routes = table_of("* demo");
    add(routes, "other test,over_http");
    assert_int_equal(routes_at(routes, 0)->targets[0].kind, TARGET_DEMO);
    assert_int_equal(routes_at(routes, 1)->targets[0].kind, TARGET_DEMO);
    assert_false(routes_lead_out(routes));
    add(routes, "third test:80");
    assert_int_equal(routes_at(routes, 2)->targets[0].kind, TARGET_ORIGIN);
    assert_true(routes_lead_out(routes));
    routes_free(routes);
}

static void quotes_keep_separators_and_escapes_are_undone(void **state)
{
    (void)state;
    struct routes *routes = table_of("*,prefix=\"a b,c#d\\\"e\\\\f\\g\",id=\"x\"y\"z\" a:1");
    const struct route *route = routes_at(routes, 0);
    assert_string_equal(route->prefix, "a b,c#d\"e\\f\\g");
    assert_string_equal(route->id, "xyz");
    routes_free(routes);
}

static void a_section_may_begin_with_a_parameter(void **state)
{
    (void)state;
    struct routes *routes = table_of("id=self,replace_beg=/base localhost:7676,over_http");
    const struct route *route = routes_at(routes, 0);
    assert_string_equal(route->host, "");
    assert_string_equal(route->id, "self");
    assert_string_equal(route->replace_beg, "/base");
    routes_free(routes);
}

static void comments_and_empty_lines_add_nothing(void **state)
{
    (void)state;
    struct routes *routes = routes_new();
    add(routes, "");
    add(routes, " \t ");
    add(routes, "# * a:1");
    add(routes, "   #");
    add(routes, "\r\n");
    assert_int_equal(routes_count(routes), 0);
    add(routes, "* a:1#b:2 c:3\r");
    assert_int_equal(routes_at(routes, 0)->target_count, 1);
    assert_int_equal(routes_at(routes, 0)->targets[0].port, 1);
    routes_free(routes);
}

static void a_line_that_is_not_one_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"*", "no target"},
        {"*,debug # a:80", "no target"},
        {"path_beg=/x a:1", "needs an id"},
        {"*,\"x a:1", "closing"},
        {"*,frob a:1", "no parameter \"frob\""},
        {"*, a:1", "no parameter \"\""},
        {"*,debug=yes a:1", "debug: it takes no value"},
        {"*,id a:1", "id: it needs a value"},
        {"*,id= a:1", "id: its value is empty"},
        {"*,id=a,id=b a:1", "second time"},
        {"*,proto=https a:1", "proto: it is"},
        {"*,ssl a:1", "ssl: it needs a value"},
        {"*,ssl=maybe a:1", "ssl: it is"},
        {"*,path_beg=x a:1", "starts with '/'"},
        {"*,\"path_beg=/a b\" a:1", "no parameter"},
        {"*,path_beg=\"/a b\" a:1", "starts with '/'"},
        {"*,path_rem=-1 a:1", "path_rem"},
        {"*,path_rem=99999 a:1", "path_rem"},
        {"*,as_host=a/b a:1", "as_host"},
        {"*,header=X a:1", "NAME:VALUE"},
        {"*,header=\"X Y:1\" a:1", "not a header name"},
        {"*,header=content-length:5 a:1", "holdfast's own"},
        {"*.example.com a:1", "whole host name"},
        {"example.com:80 a:1", "without a port"},
        {"exa/mple a:1", "not a host name"},
        {"*,over_http a:1", "belongs to the target"},
        {"* a:1,path_beg=/x", "belongs to the condition"},
        {"* a:0", "port"},
        {"* a:65536", "port"},
        {"* a:", "port"},
        {"* a:1x", "port"},
        {"* ::1:80", "brackets"},
        {"* [::1", "brackets"},
        {"* [x]:80", "brackets"},
        {"* [::1]80", "brackets"},
        {"* http://a:80", "without a scheme"},
        {"* a:80/path", "without a path"},
        {"* ssl=1", "takes no value"},
        {"* sub=x", "HOST:PORT before"},
        {"* ,ssl", "HOST:PORT before"},
        {"* a:1,sub=", "channel"},
        {"* a:1 demo", "stands alone"},
        {"*,id=a\001b a:1", "control character"},
        {"*,id=a\177b a:1", "control character"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_refused(cases[i][0], cases[i][1]);
}

static void what_holdfast_does_not_offer_is_refused_and_not_ignored(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "*,sockjs=/s a:1",        "*,sockjs_as_path=/s a:1",   "*,session a:1",
        "*,jsonp_mode=basic a:1", "*,jsonp_cb=c a:1",          "*,jsonp_body=b a:1",
        "*,jsonp_defcb=c a:1",    "*,jsonp_defmethod=GET a:1", "* zhttp/tcp://a:1",
        "* zhttpreq/tcp://a:1",   "* a:1,client_cert=f",       "* a:1,ipc_file_mode=777",
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_refused(cases[i], "not offered");
    assert_refused("*,orig_headers a:1", "not passed on");
    assert_refused("*,log_level=2 a:1", "one log level");
    assert_refused("* a:1,untrusted", "cannot restrict");
}

static void a_second_route_with_the_same_condition_or_id_is_refused(void **state)
{
    (void)state;
    struct routes *routes = table_of("h,proto=ws,path_beg=/a,id=one a:1");
    assert_not_added(routes, "H,path_beg=/a,proto=ws b:1", "same condition");
    assert_not_added(routes, "other,id=one b:1", "has the id \"one\"");
    add(routes, "h,proto=ws,path_beg=/b,id=two b:1");
    add(routes, "h,path_beg=/a b:1");
    add(routes, "h,proto=ws,path_beg=/a,ssl=yes b:1");
    add(routes, "id=three b:1");
    add(routes, "id=four b:1");
    routes_free(routes);
}

static void a_key_file_is_relative_to_where_the_line_stands(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a,sig_key=file:k.pem h:1", "file:/etc/k.pem"},
        {"b,sig_key=file:/k.pem h:1", "file:/k.pem"},
        {"c,sig_key=secret h:1", "secret"},
    };
    struct routes *routes = routes_new();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_null(routes_add_from(routes, span_of(cases[i][0]), "/etc"));
        assert_string_equal(routes_at(routes, i)->sig_key, cases[i][1]);
    }
    add(routes, "d,sig_key=file:k.pem h:1");
    assert_string_equal(routes_at(routes, 3)->sig_key, "file:k.pem");
    routes_free(routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_condition_and_its_targets_in_order),
        cmocka_unit_test(what_a_line_does_not_say_has_its_default),
        cmocka_unit_test(each_parameter_of_a_condition_is_read),
        cmocka_unit_test(header_parameters_set_and_delete_headers),
        cmocka_unit_test(each_parameter_of_a_target_is_read),
        cmocka_unit_test(a_target_without_a_port_has_the_port_of_its_scheme),
        cmocka_unit_test(demo_and_pushpins_test_are_the_built_in_target),
        cmocka_unit_test(quotes_keep_separators_and_escapes_are_undone),
        cmocka_unit_test(a_section_may_begin_with_a_parameter),
        cmocka_unit_test(comments_and_empty_lines_add_nothing),
        cmocka_unit_test(a_line_that_is_not_one_is_refused_with_a_sentence),
        cmocka_unit_test(what_holdfast_does_not_offer_is_refused_and_not_ignored),
        cmocka_unit_test(a_second_route_with_the_same_condition_or_id_is_refused),
        cmocka_unit_test(a_key_file_is_relative_to_where_the_line_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
