/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "router/asked.h"

static void each_of_the_usual_paths_is_for_publishing(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/publish",           "/publish/",           "//publish/",
        "//publish",          "/publish/?foo=1",     "/publish?",
        "/service/x/publish", "/service/x/publish/", "//service/x/publish/?a=b/c",
    };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_int_equal(asked_page(span_of(paths[i]), SPAN("")), PAGE_PUBLISH);
}

static void paths_that_only_look_like_it_are_not(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "/publis",
        "/publish/x",
        "/publish//",
        "/publishx",
        "/service/publish",
        "/service//publish/",
        "/service/x/publish/y",
        "/service/x",
        "/service/",
        "/service/x/",
        "///publish/",
        "publish",
        "/service/x/y/publish",
        "/healthz/",
        "/service/x/healthz",
    };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_int_equal(asked_page(span_of(paths[i]), SPAN("")), PAGE_NONE);
}

static void a_configured_service_is_the_only_one(void **state)
{
    (void)state;
    assert_int_equal(asked_page(SPAN("/service/mine/publish/"), SPAN("mine")), PAGE_PUBLISH);
    assert_int_equal(asked_page(SPAN("/publish/"), SPAN("mine")), PAGE_PUBLISH);
    assert_int_equal(asked_page(SPAN("/service/else/publish/"), SPAN("mine")), PAGE_NONE);
    assert_int_equal(asked_page(SPAN("/service/minex/publish/"), SPAN("mine")), PAGE_NONE);
}

static void the_other_pages_have_one_path_each(void **state)
{
    (void)state;
    assert_int_equal(asked_page(SPAN("/"), SPAN("")), PAGE_ROOT);
    assert_int_equal(asked_page(SPAN("/healthz?verbose"), SPAN("")), PAGE_HEALTH);
    assert_int_equal(asked_page(SPAN("/readyz"), SPAN("")), PAGE_READY);
    assert_int_equal(asked_page(SPAN("/metrics"), SPAN("")), PAGE_METRICS);
}

static void the_last_known_type_decides_the_kind_of_answer(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        enum kind kind;
    } cases[] = {
        {"*/*", KIND_TEXT},
        {"text/plain", KIND_TEXT},
        {"text/*;q=0.1", KIND_TEXT},
        {"*", KIND_TEXT},
        {"application/json", KIND_JSON},
        {" Application/* ; q=0", KIND_JSON},
        {"application/json, text/plain", KIND_TEXT},
        {"text/plain,image/png, application/json", KIND_JSON},
        {"image/png", KIND_NONE},
        {"", KIND_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(asked_kind(span_of(cases[i].accept), KIND_NONE), cases[i].kind);
    assert_int_equal(asked_kind(SPAN("image/png"), KIND_JSON), KIND_JSON);
}

static void a_page_is_no_stranger_where_it_was_served(void **state)
{
    (void)state;
    assert_false(asked_by_stranger(SPAN("http://localhost:5561"), SPAN("localhost:5561")));
    assert_false(asked_by_stranger(SPAN("http://LOCALHOST"), SPAN("localhost")));
    assert_false(asked_by_stranger(SPAN("http://localhost"), SPAN("localhost:80")));
    assert_false(asked_by_stranger(SPAN("https://h.test:443"), SPAN("h.test")));
    assert_false(asked_by_stranger(SPAN("http://[::1]:5561"), SPAN("[::1]:5561")));
}

static void any_other_page_is_a_stranger(void **state)
{
    (void)state;
    static const char *const origins[] = {
        "",
        "null",
        "http://",
        "http://evil.test",
        "http://127.0.0.1.evil.test:5561",
        "http://127.0.0.1:8080",
        "https://127.0.0.1",
        "file://127.0.0.1:5561",
        "127.0.0.1:5561",
    };
    for (size_t i = 0; i < ARRAY_LEN(origins); i++)
        assert_true(asked_by_stranger(span_of(origins[i]), SPAN("127.0.0.1:5561")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_the_usual_paths_is_for_publishing),
        cmocka_unit_test(paths_that_only_look_like_it_are_not),
        cmocka_unit_test(a_configured_service_is_the_only_one),
        cmocka_unit_test(the_other_pages_have_one_path_each),
        cmocka_unit_test(the_last_known_type_decides_the_kind_of_answer),
        cmocka_unit_test(a_page_is_no_stranger_where_it_was_served),
        cmocka_unit_test(any_other_page_is_a_stranger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
