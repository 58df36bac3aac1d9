/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/message.h"

#include <jansson.h>

#include "common/tnetstring.h"
#include "tests/support/publication.h"

#define REFUSED "Invalid format: "
#define NO_CHANNEL span(NULL, 0)

/* Returns: what came of the message: "" where it was taken, else the refusal. */
static const char *take(struct span text, struct span channel)
{
    publication_forget();
    last_batch = message_read(text, channel, &publication_limits, &last_why);
    assert_true(!last_batch == !!last_why);
    assert_true(!last_batch || last_batch->count == 1);
    return last_why ? last_why : "";
}

/* Sends `item` as a tnetstring. Takes: `item`. */
static const char *take_tnetstring(json_t *item)
{
    struct buf text = {0};
    tnetstring_write(&text, item);
    json_decref(item);
    const char *why = take(buf_span(&text), NO_CHANNEL);
    buf_done(&text);
    return why;
}

/* An item whose one format has one field. */
static const char *take_field(const char *format, const char *key, struct span value)
{
    return take_tnetstring(json_pack("{s:s,s:{s:{s:o}}}", "channel", "c", "formats", format, key,
                                     json_stringn_nocheck(value.at, value.len)));
}

static void the_first_byte_tells_json_from_a_tnetstring(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "J{\"channel\":\"test\",\"formats\":{\"http-stream\":{\"content\":\"hello\\n\"}}}",
        "T69:7:channel,4:test,7:formats,38:11:http-stream,19:7:content,6:hello\n,}}}",
        "69:7:channel,4:test,7:formats,38:11:http-stream,19:7:content,6:hello\n,}}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        assert_string_equal(take(span_of(messages[i]), NO_CHANNEL), "");
        assert_span(taken()->channel, "test");
        assert_span(taken()->formats[FORMAT_STREAM].content, "hello\n");
    }
}

static void a_tnetstring_has_bytes_as_they_are(void **state)
{
    (void)state;
    assert_string_equal(take_field("http-stream", "content", SPAN("\xff\0\x80")), "");
    assert_true(span_equal(taken()->formats[FORMAT_STREAM].content, SPAN("\xff\0\x80")));
    assert_string_equal(take_field("http-response", "body", SPAN("\xff\0\x80")), "");
    assert_true(span_equal(taken()->formats[FORMAT_RESPONSE].content, SPAN("\xff\0\x80")));
    assert_string_equal(take_field("ws-message", "content-bin", SPAN("\xff\0\x80")), "");
    assert_true(span_equal(taken()->formats[FORMAT_WS].content, SPAN("\xff\0\x80")));
    assert_int_equal(taken()->formats[FORMAT_WS].type, WS_BINARY);
}

static void base64_is_for_json_only(void **state)
{
    (void)state;
    assert_string_equal(take_field("http-stream", "content-bin", SPAN("aGk=")),
                        REFUSED "'http-stream' does not contain 'content' or 'content-bin'");
    assert_string_equal(take_field("http-response", "body-bin", SPAN("aGk=")),
                        REFUSED "'http-response' does not contain 'body', 'body-bin', or "
                                "'body-patch'");
    assert_string_equal(take_field("ws-message", "content-bin", SPAN("aGk=")), "");
    assert_span(taken()->formats[FORMAT_WS].content, "aGk=");
    assert_string_equal(
        take(SPAN("J{\"channel\":\"c\",\"formats\":{\"http-stream\":{\"content-bin\":\"aGk=\"}}}"),
             NO_CHANNEL),
        "");
    assert_span(taken()->formats[FORMAT_STREAM].content, "hi");
}

static void names_and_text_messages_are_utf8_in_tnetstrings_too(void **state)
{
    (void)state;
    assert_string_equal(take_field("ws-message", "content", SPAN("\xff")),
                        REFUSED "'ws-message' content of type text is not UTF-8");
    json_t *item = json_pack("{s:o,s:{s:s}}", "channel", json_stringn_nocheck("\xff", 1),
                             "http-stream", "content", "x");
    assert_string_equal(take_tnetstring(item),
                        REFUSED "publish item object contains 'channel' that is not UTF-8");
    assert_string_equal(take(SPAN("J{\"http-stream\":{\"content\":\"x\"}}"), SPAN("\xff")),
                        REFUSED "publish item object contains 'channel' that is not UTF-8");
}

static void the_first_frame_names_the_channel_whatever_the_item_says(void **state)
{
    (void)state;
    assert_string_equal(take(SPAN("J{\"channel\":\"inside\",\"http-stream\":{\"content\":\"x\"}}"),
                             SPAN("outside")),
                        "");
    assert_span(taken()->channel, "outside");
    assert_string_equal(take(SPAN("J{\"http-stream\":{\"content\":\"x\"}}"), SPAN("outside")), "");
    assert_span(taken()->channel, "outside");
    assert_string_equal(take(SPAN("J{\"http-stream\":{\"content\":\"x\"}}"), SPAN("")),
                        REFUSED "publish item object contains 'channel' that is empty");
    assert_string_equal(take(SPAN("J{\"http-stream\":{\"content\":\"x\"}}"), SPAN("a\nb")),
                        REFUSED "publish item object contains 'channel' with a control character");
}

static void what_makes_no_sense_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *message, *why;
    } cases[] = {
        {"", "The message is not a tnetstring: a value does not begin with its length and a "
             "colon."},
        {"T5:abc", "The message is not a tnetstring: a value is longer than what is there."},
        {"J{", "Body is not valid JSON."},
        {"{\"channel\":\"c\"}", "The message is not a tnetstring: a value does not begin with its "
                                "length and a colon."},
        {"0:]", REFUSED "publish item object is not an object"},
        {"0:}", REFUSED "publish item object does not contain 'channel'"},
        {"J[]", "Invalid format."},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(take(span_of(cases[i].message), NO_CHANNEL), cases[i].why);
}

static void bytes_that_json_cannot_say_are_no_patch(void **state)
{
    (void)state;
    json_t *item =
        json_pack("{s:s,s:{s:[{s:s,s:s,s:o}]}}", "channel", "c", "http-response", "body-patch",
                  "op", "replace", "path", "/a", "value", json_stringn_nocheck("\xff", 1));
    const char *why = take_tnetstring(item);
    assert_non_null(strstr(why, "contains 'body-patch' with invalid value: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_byte_tells_json_from_a_tnetstring),
        cmocka_unit_test(a_tnetstring_has_bytes_as_they_are),
        cmocka_unit_test(base64_is_for_json_only),
        cmocka_unit_test(names_and_text_messages_are_utf8_in_tnetstrings_too),
        cmocka_unit_test(the_first_frame_names_the_channel_whatever_the_item_says),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_a_sentence),
        cmocka_unit_test(bytes_that_json_cannot_say_are_no_patch),
    };
    return cmocka_run_group_tests(tests, publication_setup, publication_teardown);
}
