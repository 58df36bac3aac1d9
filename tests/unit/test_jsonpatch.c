/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/jsonpatch.h"

#define NO_SUCH_PLACE "! an operation of the patch names a place that is not there"
#define MOST 4096

/* Applies and compares the outcome, "! why" for a fault. What was written before stays. */
static void assert_patches_within(size_t most, const char *base, const char *patch,
                                  const char *expected)
{
    struct buf out = {0};
    buf_append(&out, SPAN("before:"));
    const char *why = jsonpatch_apply(&out, span_of(base), span_of(patch), most);
    if (why) {
        assert_int_equal(out.len, strlen("before:"));
        buf_printf(&out, "! %s", why);
    }
    char *got = buf_take(&out);
    assert_string_equal(got + strlen("before:"), expected);
    free(got);
}

static void assert_patches(const char *base, const char *patch, const char *expected)
{
    assert_patches_within(MOST, base, patch, expected);
}

struct example {
    const char *base, *patch, *expected;
};

static void assert_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_patches(examples[i].base, examples[i].patch, examples[i].expected);
}

/* RFC 6902, Appendix A; keys come out in order. */
static void the_examples_of_the_rfc_come_out_as_it_says(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
         "{\"baz\":\"qux\",\"foo\":\"bar\"}"},
        {"{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
         "{\"foo\":[\"bar\",\"qux\",\"baz\"]}"},
        {"{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
         "{\"foo\":\"bar\"}"},
        {"{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
         "{\"foo\":[\"bar\",\"baz\"]}"},
        {"{\"baz\":\"qux\",\"foo\":\"bar\"}",
         "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
         "{\"baz\":\"boo\",\"foo\":\"bar\"}"},
        {"{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
         "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
         "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}"},
        {"{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
         "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
         "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}"},
        {"{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
         "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},"
         "{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
         "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}"},
        {"{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]",
         "! a test of the patch failed"},
        {"{\"foo\":\"bar\"}",
         "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
         "{\"child\":{\"grandchild\":{}},\"foo\":\"bar\"}"},
        {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
         "{\"baz\":\"qux\",\"foo\":\"bar\"}"},
        {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]",
         NO_SUCH_PLACE},
        {"{\"foo\":\"bar\"}",
         "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"op\":\"remove\"}]",
         "! the patch has the same key twice in an object"},
        {"{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]",
         "{\"/\":9,\"~1\":10}"},
        {"{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]",
         "! a test of the patch failed"},
        {"{\"foo\":[\"bar\"]}",
         "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
         "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}"},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void add_puts_in_or_replaces_a_member(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{}", "[{\"op\":\"add\",\"path\":\"/n\",\"value\":1}]", "{\"n\":1}"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/\",\"value\":2}]", "{\"\":2,\"a\":1}"},
        {"[1,2]", "[{\"op\":\"add\",\"path\":\"/0\",\"value\":0}]", "[0,1,2]"},
        {"[1,2]", "[{\"op\":\"add\",\"path\":\"/2\",\"value\":3}]", "[1,2,3]"},
        {"[1,2]", "[{\"op\":\"add\",\"path\":\"/3\",\"value\":3}]", NO_SUCH_PLACE},
        {"[1,2]", "[{\"op\":\"add\",\"path\":\"/01\",\"value\":3}]", NO_SUCH_PLACE},
        {"[1,2]", "[{\"op\":\"add\",\"path\":\"/-1\",\"value\":3}]", NO_SUCH_PLACE},
        {"[1,2]", "[{\"op\":\"add\",\"path\":\"/1e0\",\"value\":3}]", NO_SUCH_PLACE},
        {"{\"a\":{\"b\":{}}}",
         "[{\"op\":\"add\",\"path\":\"/a/b/c\",\"value\":[]},"
         "{\"op\":\"add\",\"path\":\"/a/b/c/-\",\"value\":{\"d\":1}},"
         "{\"op\":\"add\",\"path\":\"/a/b/c/0/e\",\"value\":2}]",
         "{\"a\":{\"b\":{\"c\":[{\"d\":1,\"e\":2}]}}}"},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void remove_and_replace_want_something_to_be_there(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", NO_SUCH_PLACE},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":1}]", NO_SUCH_PLACE},
        {"[1]", "[{\"op\":\"remove\",\"path\":\"/-\"}]", NO_SUCH_PLACE},
        {"[1]", "[{\"op\":\"remove\",\"path\":\"/1\"}]", NO_SUCH_PLACE},
        {"[1]", "[{\"op\":\"replace\",\"path\":\"/-\",\"value\":1}]", NO_SUCH_PLACE},
        {"[1,2,3]", "[{\"op\":\"replace\",\"path\":\"/1\",\"value\":{}}]", "[1,{},3]"},
        {"[1,2,3]", "[{\"op\":\"replace\",\"path\":\"/2\",\"value\":4}]", "[1,2,4]"},
        {"{\"a\":null}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":false}]", "{\"a\":false}"},
        {"{\"a\":null}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "{}"},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void move_takes_out_before_it_puts_in(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[1,2,3]", "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/2\"}]", "[2,3,1]"},
        {"[1,2,3]", "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/-\"}]", "[2,3,1]"},
        {"[1,2,3]", "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/3\"}]", NO_SUCH_PLACE},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}"},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"\",\"path\":\"\"}]", "{\"a\":1}"},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/a\"}]", NO_SUCH_PLACE},
        {"{\"a\":1,\"b\":2}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]", "{\"b\":1}"},
        {"{\"a\":{\"b\":2}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/a\"}]", "{\"a\":2}"},
        {"{\"a\":{\"b\":[2]}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"\"}]", "[2]"},
        {"{\"a\":1,\"ab\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab/c\"}]",
         "{\"ab\":{\"c\":1}}"},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void nothing_moves_into_itself(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
         "! an operation of the patch moves a value into itself"},
        {"{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/b\"}]",
         "! an operation of the patch moves a value into itself"},
        {"[{},{}]", "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/0/b\"}]",
         "! an operation of the patch moves a value into itself"},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void a_copy_is_one_of_its_own(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"a\":{\"n\":1}}",
         "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},"
         "{\"op\":\"replace\",\"path\":\"/b/n\",\"value\":2}]",
         "{\"a\":{\"n\":1},\"b\":{\"n\":2}}"},
        {"{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"}]",
         "{\"a\":1,\"b\":{\"a\":1}}"},
        {"[1,2]", "[{\"op\":\"copy\",\"from\":\"/1\",\"path\":\"/0\"}]", "[2,1,2]"},
        {"[null]", "[{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/-\"}]", "[null,null]"},
        {"[1]", "[{\"op\":\"copy\",\"from\":\"/-\",\"path\":\"/0\"}]", NO_SUCH_PLACE},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void test_compares_values_and_not_their_spelling(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"n\":1}", "[{\"op\":\"test\",\"path\":\"/n\",\"value\":1.0}]", "{\"n\":1}"},
        {"{\"n\":1.0}", "[{\"op\":\"test\",\"path\":\"/n\",\"value\":1}]", "{\"n\":1.0}"},
        {"{\"n\":1.5}", "[{\"op\":\"test\",\"path\":\"/n\",\"value\":1}]",
         "! a test of the patch failed"},
        {"{\"n\":null}", "[{\"op\":\"test\",\"path\":\"/n\",\"value\":null}]", "{\"n\":null}"},
        {"{\"n\":null}", "[{\"op\":\"test\",\"path\":\"/m\",\"value\":null}]", NO_SUCH_PLACE},
        {"{\"a\":[1,{\"b\":2,\"c\":3}]}",
         "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":[1,{\"c\":3,\"b\":2}]}}]",
         "{\"a\":[1,{\"b\":2,\"c\":3}]}"},
        {"[1]", "[{\"op\":\"test\",\"path\":\"/-\",\"value\":1}]", NO_SUCH_PLACE},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void the_whole_document_has_a_place_too(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[2]}]", "[2]"},
        {"[1]", "[{\"op\":\"add\",\"path\":\"\",\"value\":{\"a\":1}}]", "{\"a\":1}"},
        {"[1]", "[{\"op\":\"add\",\"path\":\"\",\"value\":\"text\"}]", "\"text\""},
        {"[1]", "[{\"op\":\"remove\",\"path\":\"\"}]", "! the patch removes the whole document"},
        {"[1]", "[{\"op\":\"remove\",\"path\":\"\"},{\"op\":\"add\",\"path\":\"\",\"value\":[2]}]",
         "[2]"},
        {"[1]", "[{\"op\":\"remove\",\"path\":\"\"},{\"op\":\"remove\",\"path\":\"/0\"}]",
         NO_SUCH_PLACE},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void one_fault_undoes_all(void **state)
{
    (void)state;
    assert_patches("{\"a\":1}",
                   "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2},"
                   "{\"op\":\"add\",\"path\":\"/b\",\"value\":3},"
                   "{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]",
                   "! a test of the patch failed");
}

static void the_line_ending_of_the_base_stays(void **state)
{
    (void)state;
    assert_patches("{}", "[]", "{}");
    assert_patches(" { \"b\" : 1,\n\"a\":[ ] } \n", "[]", "{\"a\":[],\"b\":1}\n");
    assert_patches("[ ]\r\n", "[]", "[]\r\n");
    assert_patches("[]\n\n", "[]", "[]\n");
    assert_patches("[]\r", "[]", "[]");
}

static void a_base_that_cannot_be_patched_is_refused(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", "[]", "! the body is not valid JSON"},
        {"timeout\n", "[]", "! the body is not valid JSON"},
        {"{} {}", "[]", "! the body is not valid JSON"},
        {"{\"a\":1,\"a\":2}", "[]", "! the body has the same key twice in an object"},
        {"[18446744073709551616]", "[]", "! the body has a number that is too large"},
        {"\"text\"", "[]", "! the body is not a JSON object or array"},
        {"5", "[]", "! the body is not a JSON object or array"},
    };
    assert_examples(examples, ARRAY_LEN(examples));
}

static void a_patch_that_is_none_is_refused_with_the_same_words(void **state)
{
    (void)state;
    static const char *const patches[] = {"", "{}", "[{\"op\":\"remove\",\"path\":\"a\"}]"};
    for (size_t i = 0; i < ARRAY_LEN(patches); i++) {
        char outcome[128];
        (void)snprintf(outcome, sizeof(outcome), "! %s", jsonpatch_check(span_of(patches[i])));
        assert_patches("{\"a\":1}", patches[i], outcome);
    }
    assert_null(jsonpatch_check(SPAN("[]")));
    assert_null(jsonpatch_check(SPAN("[{\"op\":\"remove\",\"path\":\"/a\"}]")));
}

/* Writes `count` times `piece` between `head` and `tail`. Returns: text, caller frees. */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail)
{
    struct buf text = {0};
    buf_append(&text, span_of(head));
    for (size_t i = 0; i < count; i++)
        buf_append(&text, span_of(piece));
    buf_append(&text, span_of(tail));
    return buf_take(&text);
}

static void a_result_may_have_its_most_bytes_and_no_more(void **state)
{
    (void)state;
    const char *patch = "[{\"op\":\"add\",\"path\":\"/b\",\"value\":\"12345\"}]";
    size_t len = strlen("{\"a\":[1,{}],\"b\":\"12345\"}\n");
    assert_patches_within(len, "{\"a\":[1,{}]}\n", patch, "{\"a\":[1,{}],\"b\":\"12345\"}\n");
    assert_patches_within(len - 1, "{\"a\":[1,{}]}\n", patch,
                          "! the patched document is too large");
    assert_patches_within(9, "[\"\\u0001\"]", "[]", "! the patched document is too large");
    assert_patches_within(10, "[\"\\u0001\"]", "[]", "[\"\\u0001\"]");
    assert_patches_within(7, "[1,\"123456\"]", "[{\"op\":\"remove\",\"path\":\"/1\"}]", "[1]");
}

static void a_bomb_of_copies_goes_out_early(void **state)
{
    (void)state;
    char *bomb = repeated("[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/-\"}",
                          ",{\"op\":\"copy\",\"from\":\"\",\"path\":\"/-\"}", 200, "]");
    assert_patches("[1]", bomb, "! the patched document is too large");
    free(bomb);
}

static void a_patch_that_copies_and_removes_for_ever_is_refused(void **state)
{
    (void)state;
    const char *piece = "{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/-\"},"
                        "{\"op\":\"remove\",\"path\":\"/1\"},";
    const char *tail = "{\"op\":\"test\",\"path\":\"/-\",\"value\":1}]";
    char *base = repeated("[\"", "x", 1000, "\"]");
    char *few = repeated("[", piece, 64, tail);
    char *many = repeated("[", piece, 66, tail);
    assert_patches(base, few, NO_SUCH_PLACE);
    assert_patches(base, many, "! the patch moves too much");
    free(base);
    free(few);
    free(many);
}

static void nesting_is_bounded_however_it_comes_about(void **state)
{
    (void)state;
    char *deep = repeated("", "[", 512, "");
    char *deepest = repeated(deep, "]", 512, "");
    char *text = repeated("[", deepest, 1, "]");
    assert_patches(deepest, "[]", deepest);
    assert_patches(text, "[]", "! the body is nested too deep");
    assert_patches(deepest, "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/0/-\"}]",
                   "! the patched document is nested too deep");
    free(text);
    text = repeated("[{\"op\":\"add\",\"path\":\"/a\",\"value\":", deepest, 1, "}]");
    assert_patches("{}", text, "! the patched document is nested too deep");
    free(text);
    text = repeated("[{\"op\":\"add\",\"path\":\"\",\"value\":", deepest, 1, "}]");
    assert_patches("{}", text, deepest);
    free(text);
    text = repeated("{\"a\":", deepest + 1, 1, "");
    text[strlen(text) - 1] = '}';
    assert_patches(text,
                   "[{\"op\":\"add\",\"path\":\"/b\",\"value\":{\"c\":1}},"
                   "{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b/c\"}]",
                   "! the patched document is nested too deep");
    free(text);
    free(deepest);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfc_come_out_as_it_says),
        cmocka_unit_test(add_puts_in_or_replaces_a_member),
        cmocka_unit_test(remove_and_replace_want_something_to_be_there),
        cmocka_unit_test(move_takes_out_before_it_puts_in),
        cmocka_unit_test(nothing_moves_into_itself),
        cmocka_unit_test(a_copy_is_one_of_its_own),
        cmocka_unit_test(test_compares_values_and_not_their_spelling),
        cmocka_unit_test(the_whole_document_has_a_place_too),
        cmocka_unit_test(one_fault_undoes_all),
        cmocka_unit_test(the_line_ending_of_the_base_stays),
        cmocka_unit_test(a_base_that_cannot_be_patched_is_refused),
        cmocka_unit_test(a_patch_that_is_none_is_refused_with_the_same_words),
        cmocka_unit_test(a_result_may_have_its_most_bytes_and_no_more),
        cmocka_unit_test(a_bomb_of_copies_goes_out_early),
        cmocka_unit_test(a_patch_that_copies_and_removes_for_ever_is_refused),
        cmocka_unit_test(nesting_is_bounded_however_it_comes_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
