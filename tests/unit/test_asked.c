/* SPDX-License-Identifier: Apache-2.0 */
#include "router/asked.h"

#include "tests/unit/cmocka.h"

static enum endpoint endpoint_of(const char *target)
{
    return asked_read(span_of(target), SPAN("localhost"), SPAN("")).endpoint;
}

static enum endpoint endpoint_for_abc(const char *target)
{
    return asked_read(span_of(target), SPAN("localhost"), SPAN("abc")).endpoint;
}

static void both_forms_of_the_publish_url_are_known_with_and_without_the_last_slash(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/publish",
        "/publish/",
        "//publish/",
        "//publish",
        "/service/abc/publish",
        "/service/abc/publish/",
        "/service/abc//publish/",
        "/service/publish/publish/",
    };
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        assert_int_equal(endpoint_of(targets[i]), ENDPOINT_PUBLISH);
}

static bool wants_report(const char *target)
{
    return asked_read(span_of(target), SPAN("localhost"), SPAN("")).wants_report;
}

static void a_report_is_asked_for_in_the_query_or_as_a_preference(void **state)
{
    (void)state;
    assert_true(wants_report("/publish/?report=1"));
    assert_true(wants_report("/publish?a=b&report=1&c"));
    assert_true(wants_report("http://localhost/publish/?report=1"));
    static const char *const without[] = {"/publish/",           "/publish/?",
                                          "/publish/?report=0",  "/publish/?xreport=1",
                                          "/publish/?report=11", "/report=1"};
    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        assert_false(wants_report(without[i]));
    static const char *const prefers[] = {"return=representation", "Return = representation",
                                          "wait=5, return=representation; x=y",
                                          "return=\"representation\""};
    for (size_t i = 0; i < ARRAY_LEN(prefers); i++)
        assert_true(asked_prefers_report(span_of(prefers[i])));
    static const char *const others[] = {"",
                                         "return=minimal",
                                         "x; return=representation",
                                         "return=representations",
                                         "=representation",
                                         ",,;;=="};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(asked_prefers_report(span_of(others[i])));
}

static void recover_stands_where_publish_does(void **state)
{
    (void)state;
    static const char *const targets[] = {"/recover", "/recover/", "//recover/",
                                          "/service/abc/recover/", "/recover?x=1"};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        assert_int_equal(endpoint_of(targets[i]), ENDPOINT_RECOVER);
    assert_int_equal(endpoint_for_abc("/service/else/recover/"), ENDPOINT_NONE);
    assert_int_equal(endpoint_of("/recover/x"), ENDPOINT_NONE);
}

static void other_paths_are_not_found(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "",
        "*",
        "publish",
        "//",
        "/publish//",
        "///publish/",
        "/publish/x",
        "/Publish/",
        "/publishx",
        "/service",
        "/service/",
        "/service/publish/",
        "/service//publish/",
        "/service/abc",
        "/service/abc/",
        "/service/abc/def/publish/",
        "/service/abc/publish/x",
        "//service/abc/publish/",
        "/healthz/",
    };
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        assert_int_equal(endpoint_of(targets[i]), ENDPOINT_NONE);
}

static void what_an_operator_asks_has_paths_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(endpoint_of("/"), ENDPOINT_ROOT);
    assert_int_equal(endpoint_of("/healthz"), ENDPOINT_HEALTHZ);
    assert_int_equal(endpoint_of("/readyz"), ENDPOINT_READYZ);
    assert_int_equal(endpoint_of("/metrics"), ENDPOINT_METRICS);
}

static void a_query_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(endpoint_of("/publish/?a=b/c"), ENDPOINT_PUBLISH);
    assert_int_equal(endpoint_of("/service/abc/publish?"), ENDPOINT_PUBLISH);
    assert_int_equal(endpoint_of("/?x"), ENDPOINT_ROOT);
    assert_int_equal(endpoint_of("?/publish/"), ENDPOINT_NONE);
}

static void a_configured_service_id_is_the_only_one(void **state)
{
    (void)state;
    assert_int_equal(endpoint_for_abc("/service/abc/publish/"), ENDPOINT_PUBLISH);
    assert_int_equal(endpoint_for_abc("/service/ab/publish/"), ENDPOINT_NONE);
    assert_int_equal(endpoint_for_abc("/service/abcd/publish/"), ENDPOINT_NONE);
    assert_int_equal(endpoint_for_abc("/publish/"), ENDPOINT_PUBLISH);
}

static void the_host_of_an_absolute_target_counts(void **state)
{
    (void)state;
    struct asked asked = asked_read(SPAN("HTTP://broker:5561/publish/?x"), SPAN("other"), SPAN(""));
    assert_int_equal(asked.endpoint, ENDPOINT_PUBLISH);
    assert_true(span_equal(asked.host, SPAN("broker:5561")));
    asked = asked_read(SPAN("https://broker"), SPAN("other"), SPAN(""));
    assert_int_equal(asked.endpoint, ENDPOINT_ROOT);
    assert_true(span_equal(asked.host, SPAN("broker")));
    asked = asked_read(SPAN("/publish/"), SPAN("other"), SPAN(""));
    assert_true(span_equal(asked.host, SPAN("other")));
}

static enum answer_type type_of(const char *accept)
{
    return asked_type(span_of(accept), ANSWER_NONE);
}

static void the_last_type_that_is_ours_wins(void **state)
{
    (void)state;
    assert_int_equal(type_of("text/plain"), ANSWER_TEXT);
    assert_int_equal(type_of("*/*"), ANSWER_TEXT);
    assert_int_equal(type_of("*"), ANSWER_TEXT);
    assert_int_equal(type_of("text/*"), ANSWER_TEXT);
    assert_int_equal(type_of("application/json"), ANSWER_JSON);
    assert_int_equal(type_of("application/*"), ANSWER_JSON);
    assert_int_equal(type_of("text/plain, application/json"), ANSWER_JSON);
    assert_int_equal(type_of("application/json, text/plain, */*"), ANSWER_TEXT);
    assert_int_equal(type_of("Application/JSON ; q=0.1 ,image/png"), ANSWER_JSON);
}

static void types_that_are_not_ours_change_nothing(void **state)
{
    (void)state;
    assert_int_equal(type_of("image/png, text/html"), ANSWER_NONE);
    assert_int_equal(type_of(""), ANSWER_NONE);
    assert_int_equal(type_of(",;,"), ANSWER_NONE);
    assert_int_equal(asked_type(SPAN("image/png"), ANSWER_JSON), ANSWER_JSON);
}

static void a_page_of_another_site_is_a_foreigner(void **state)
{
    (void)state;
    assert_false(asked_by_foreigner(SPAN("http://localhost:5561"), SPAN("localhost:5561")));
    assert_false(asked_by_foreigner(SPAN("https://Broker.example"), SPAN("broker.EXAMPLE")));
    assert_true(asked_by_foreigner(SPAN("http://localhost:5561"), SPAN("localhost")));
    assert_true(asked_by_foreigner(SPAN("http://localhost"), SPAN("localhost:5561")));
    assert_true(asked_by_foreigner(SPAN("http://evil.example"), SPAN("localhost")));
    assert_true(asked_by_foreigner(SPAN("null"), SPAN("null")));
    assert_true(asked_by_foreigner(SPAN(""), SPAN("")));
    assert_true(asked_by_foreigner(SPAN("localhost"), SPAN("localhost")));
}

static void a_number_and_localhost_are_no_name_of_a_page(void **state)
{
    (void)state;
    static const char *const ours[] = {"127.0.0.1",  "127.0.0.1:5561", "192.168.1.5:80", "[::1]",
                                       "[::1]:5561", "localhost",      "LocalHost:5561"};
    static const char *const names[] = {"evil.example",   "evil.example:5561",
                                        "localhost.evil", "127.0.0.1.evil:1",
                                        "1.evil.2",       "",
                                        ":5561",          "broker",
                                        "localhosts"};
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        assert_true(asked_by_address(span_of(ours[i])));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_false(asked_by_address(span_of(names[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_the_publish_url_are_known_with_and_without_the_last_slash),
        cmocka_unit_test(a_report_is_asked_for_in_the_query_or_as_a_preference),
        cmocka_unit_test(recover_stands_where_publish_does),
        cmocka_unit_test(other_paths_are_not_found),
        cmocka_unit_test(what_an_operator_asks_has_paths_of_its_own),
        cmocka_unit_test(a_query_is_ignored),
        cmocka_unit_test(a_configured_service_id_is_the_only_one),
        cmocka_unit_test(the_host_of_an_absolute_target_counts),
        cmocka_unit_test(the_last_type_that_is_ours_wins),
        cmocka_unit_test(types_that_are_not_ours_change_nothing),
        cmocka_unit_test(a_page_of_another_site_is_a_foreigner),
        cmocka_unit_test(a_number_and_localhost_are_no_name_of_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
