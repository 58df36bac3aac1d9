/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/jsonpointer.h"
#include "common/jsonvalue.h"

/* RFC 6901, section 5. */
static const char rfc_document[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
    "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9}";

static json_t *box_of(const char *document)
{
    json_t *box = json_object();
    assert_int_equal(json_object_set_new(box, "", json_loads(document, 0, NULL)), 0);
    return box;
}

/* Compares what stands at `pointer`: "" for nothing yet, "none" for no such place. */
static void assert_leads_to(const char *document, const char *pointer, const char *expected)
{
    struct arena arena = {0};
    struct buf out = {0};
    struct jsonplace place;
    json_t *box = box_of(document);
    assert_true(jsonpointer_is_sound(span_of(pointer)));
    if (!jsonpointer_find(&place, box, span_of(pointer), &arena))
        buf_append(&out, SPAN("none"));
    else if (place.value)
        jsonvalue_write(&out, place.value);
    char *got = buf_take(&out);
    assert_string_equal(got, expected);
    free(got);
    json_decref(box);
    arena_done(&arena);
}

static void the_pointers_of_the_rfc_lead_where_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *value;
    } cases[] = {
        {"/foo", "[\"bar\",\"baz\"]"},
        {"/foo/0", "\"bar\""},
        {"/", "0"},
        {"/a~1b", "1"},
        {"/c%d", "2"},
        {"/e^f", "3"},
        {"/g|h", "4"},
        {"/i\\j", "5"},
        {"/k\"l", "6"},
        {"/ ", "7"},
        {"/m~0n", "8"},
        {"/~01", "9"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_leads_to(rfc_document, cases[i].pointer, cases[i].value);
    assert_leads_to("{\"a\":1}", "", "{\"a\":1}");
}

static void the_last_step_may_lead_to_where_nothing_is(void **state)
{
    (void)state;
    assert_leads_to("{\"a\":1}", "/b", "");
    assert_leads_to("[1,2]", "/2", "");
    assert_leads_to("[1,2]", "/-", "");
    assert_leads_to("[]", "/0", "");
}

static void a_step_beyond_nothing_leads_nowhere(void **state)
{
    (void)state;
    assert_leads_to("{\"a\":1}", "/b/c", "none");
    assert_leads_to("{\"a\":1}", "/a/b", "none");
    assert_leads_to("{\"a\":\"text\"}", "/a/0", "none");
    assert_leads_to("[1,2]", "/3", "none");
    assert_leads_to("[[1],2]", "/-/0", "none");
}

static void an_index_is_digits_without_leading_zeros(void **state)
{
    (void)state;
    static const char *const none[] = {"/00", "/01", "/1e0", "/+1", "/-1",
                                       "/",   "/ 1", "/--",  "/a",  "/18446744073709551616",
                                       "/0/"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_leads_to("[1,2]", none[i], "none");
    assert_leads_to("{\"01\":5,\"-\":6}", "/01", "5");
    assert_leads_to("{\"01\":5,\"-\":6}", "/-", "6");
    assert_leads_to("[0,1,2,3,4,5,6,7,8,9,10]", "/10", "10");
}

static void slashes_that_follow_each_other_have_an_empty_key_between(void **state)
{
    (void)state;
    assert_leads_to("{\"\":{\"\":{\"a\":5}}}", "///a", "5");
    assert_leads_to("{\"a\":{\"\":5}}", "/a/", "5");
}

static void a_place_knows_its_holder_and_what_is_around_it(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct jsonplace place;
    json_t *box = box_of("{\"a\":[7,8]}");
    assert_true(jsonpointer_find(&place, box, SPAN(""), &arena));
    assert_ptr_equal(place.holder, box);
    assert_int_equal(place.key.len, 0);
    assert_int_equal(place.nesting, 0);
    assert_true(jsonpointer_find(&place, box, SPAN("/a/-"), &arena));
    assert_true(json_is_array(place.holder));
    assert_int_equal(place.index, 2);
    assert_int_equal(place.nesting, 2);
    assert_null(place.value);
    assert_true(jsonpointer_find(&place, box, SPAN("/~1~0"), &arena));
    assert_string_equal(place.key.at, "/~");
    json_decref(box);
    arena_done(&arena);
}

static void a_pointer_begins_with_a_slash_and_has_no_other_escapes(void **state)
{
    (void)state;
    assert_true(jsonpointer_is_sound(SPAN("")));
    assert_true(jsonpointer_is_sound(SPAN("/~0~1")));
    assert_false(jsonpointer_is_sound(SPAN("a")));
    assert_false(jsonpointer_is_sound(SPAN("#/a")));
    assert_false(jsonpointer_is_sound(SPAN("/~")));
    assert_false(jsonpointer_is_sound(SPAN("/~2")));
    assert_false(jsonpointer_is_sound(SPAN("/a~/b")));
    assert_false(jsonpointer_is_sound(SPAN("/a\0b")));
    assert_false(jsonpointer_is_sound(SPAN("/~\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pointers_of_the_rfc_lead_where_it_says),
        cmocka_unit_test(the_last_step_may_lead_to_where_nothing_is),
        cmocka_unit_test(a_step_beyond_nothing_leads_nowhere),
        cmocka_unit_test(an_index_is_digits_without_leading_zeros),
        cmocka_unit_test(slashes_that_follow_each_other_have_an_empty_key_between),
        cmocka_unit_test(a_place_knows_its_holder_and_what_is_around_it),
        cmocka_unit_test(a_pointer_begins_with_a_slash_and_has_no_other_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
