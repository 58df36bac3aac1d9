/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tnetstring.h"

#include "tests/unit/cmocka.h"

#define NESTED_MOST 8

/* Returns: the value as compact JSON, or the fault, until the next call. */
static const char *read_text(const char *text, size_t len)
{
    static char shown[512];
    const char *why = NULL;
    json_t *value = tnetstring_read(span(text, len), NESTED_MOST, &why);
    assert_true(!value == !!why);
    char *dumped = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    (void)snprintf(shown, sizeof(shown), "%s", value ? dumped : why);
    free(dumped);
    json_decref(value);
    return shown;
}

#define READ(literal) read_text(literal, sizeof(literal) - 1)

static void each_type_becomes_the_json_it_stands_for(void **state)
{
    (void)state;
    assert_string_equal(READ("5:hello,"), "\"hello\"");
    assert_string_equal(READ("0:,"), "\"\"");
    assert_string_equal(READ("3:-12#"), "-12");
    assert_string_equal(READ("3:1.5^"), "1.5");
    assert_string_equal(READ("4:true!"), "true");
    assert_string_equal(READ("5:false!"), "false");
    assert_string_equal(READ("0:~"), "null");
    assert_string_equal(READ("0:}"), "{}");
    assert_string_equal(READ("8:1:1#1:a,]"), "[1,\"a\"]");
}

static void the_message_that_pushpin_documents_is_read(void **state)
{
    (void)state;
    assert_string_equal(
        READ("69:7:channel,4:test,7:formats,38:11:http-stream,19:7:content,6:hello\n,}}}"),
        "{\"channel\":\"test\",\"formats\":{\"http-stream\":{\"content\":\"hello\\n\"}}}");
}

static void bytes_need_not_be_utf8_and_may_hold_nul(void **state)
{
    (void)state;
    const char *why;
    json_t *value = tnetstring_read(SPAN("3:\xff\0a,"), NESTED_MOST, &why);
    assert_int_equal(json_string_length(value), 3);
    assert_memory_equal(json_string_value(value), "\xff\0a", 3);
    json_decref(value);
}

static void what_is_no_tnetstring_is_refused_with_the_reason(void **state)
{
    (void)state;
#define NO_LENGTH "a value does not begin with its length and a colon"
    assert_string_equal(READ(""), NO_LENGTH);
    assert_string_equal(READ(":,"), NO_LENGTH);
    assert_string_equal(READ("5"), NO_LENGTH);
    assert_string_equal(READ("-1:a,"), NO_LENGTH);
    assert_string_equal(READ("0000000000:,"), NO_LENGTH);
    assert_string_equal(READ("4294967296:a,"), NO_LENGTH);
    assert_string_equal(READ("999999999:a,"), "a value is longer than what is there");
    assert_string_equal(READ("1:a"), "a value is longer than what is there");
    assert_string_equal(READ("1:a,x"), "something stands behind it");
    assert_string_equal(READ("1:a?"), "a type is none of , # ^ ! ~ } ]");
    assert_string_equal(READ("1:a~"), "a null has a payload");
    assert_string_equal(READ("4:True!"), "a boolean is neither true nor false");
    assert_string_equal(READ("0:#"), "an integer has no digits, or more than 18");
    assert_string_equal(READ("19:1234567890123456789#"),
                        "an integer has no digits, or more than 18");
    assert_string_equal(READ("2:1x#"), "an integer holds something else than digits");
    assert_string_equal(READ("3:nan^"), "a float is none");
    assert_string_equal(READ("5:1e999^"), "a float is none");
    assert_string_equal(READ("4:1.5x^"), "a float is none");
    assert_string_equal(READ("8:1:1#1:a,}"), "a key of a map is no byte string");
    assert_string_equal(READ("4:1:a,}"), NO_LENGTH);
    assert_string_equal(READ("8:1:\0,1:a,}"), "a key of a map holds a NUL");
    assert_string_equal(READ("16:1:k,1:a,1:k,1:b,}"), "a map contains the same key twice");
}

/* Returns: lists within each other, written by hand. */
static struct span nest(struct buf *text, int depth)
{
    buf_clear(text);
    for (int i = 0; i < depth; i++) {
        struct buf outer = {0};
        buf_printf(&outer, "%zu:%.*s]", text->len, (int)text->len, text->len ? text->bytes : "");
        buf_done(text);
        *text = outer;
    }
    return buf_span(text);
}

static void nesting_is_limited(void **state)
{
    (void)state;
    struct buf text = {0};
    struct span eight = nest(&text, NESTED_MOST);
    assert_string_equal(read_text(eight.at, eight.len), "[[[[[[[[]]]]]]]]");
    struct span nine = nest(&text, NESTED_MOST + 1);
    assert_string_equal(read_text(nine.at, nine.len), "it is nested too deep");
    buf_done(&text);
}

static void what_is_written_is_what_was_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "37:2:id,1:1,7:success,4:true!5:value,0:~}",
        "57:2:id,1:1,7:success,5:false!9:condition,14:item-not-found,}",
        "40:4:list,29:1:1#3:1.5^5:false!0:}0:]2:-7#]}",
        "0:,",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *why;
        struct buf out = {0};
        json_t *value = tnetstring_read(span_of(texts[i]), NESTED_MOST, &why);
        assert_non_null(value);
        tnetstring_write(&out, value);
        char *written = buf_take(&out);
        assert_string_equal(written, texts[i]);
        free(written);
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_becomes_the_json_it_stands_for),
        cmocka_unit_test(the_message_that_pushpin_documents_is_read),
        cmocka_unit_test(bytes_need_not_be_utf8_and_may_hold_nul),
        cmocka_unit_test(what_is_no_tnetstring_is_refused_with_the_reason),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(what_is_written_is_what_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
