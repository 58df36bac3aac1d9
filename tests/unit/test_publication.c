/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <jansson.h>
#include <stdlib.h>

#include "publisher/publication.h"

/* Compares by value: the order of keys does not matter. */
static void assert_item(const struct publication *message, const char *wanted)
{
    struct buf out = {0};
    char *why = NULL;
    assert_true(publication_write(message, &out, &why));
    json_t *got = json_loadb(out.bytes, out.len, 0, NULL);
    json_t *right = json_loads(wanted, 0, NULL);
    assert_non_null(right);
    if (!json_equal(got, right))
        print_error("%.*s\n", (int)out.len, out.bytes);
    assert_true(json_equal(got, right));
    json_decref(got);
    json_decref(right);
    buf_done(&out);
}

static void assert_refused(const struct publication *message, const char *word)
{
    struct buf out = {0};
    char *why = NULL;
    assert_false(publication_write(message, &out, &why));
    assert_int_equal(out.len, 0);
    assert_non_null(strstr(why, word));
    free(why);
    buf_done(&out);
}

/* These are the bodies of Debian's pushpin-publish 1.36. */
static void it_says_what_pushpin_publish_says(void **state)
{
    (void)state;
    struct publication message = {.channel = SPAN("ch"), .content = SPAN("hello"), .is_line = true};
    assert_item(
        &message,
        "{\"channel\":\"ch\",\"formats\":{\"http-response\":{\"body\":\"hello\\n\",\"code\":200},"
        "\"http-stream\":{\"content\":\"hello\\n\"},\"ws-message\":{\"content\":\"hello\"}}}");
    message.is_line = false;
    assert_item(
        &message,
        "{\"channel\":\"ch\",\"formats\":{\"http-response\":{\"body\":\"hello\",\"code\":200},"
        "\"http-stream\":{\"content\":\"hello\"},\"ws-message\":{\"content\":\"hello\"}}}");
    message.action = ACTION_HINT;
    assert_item(&message,
                "{\"channel\":\"ch\",\"formats\":{\"http-response\":{\"action\":\"hint\"},"
                "\"http-stream\":{\"action\":\"hint\"},\"ws-message\":{\"action\":\"hint\"}}}");
    message.action = ACTION_CLOSE;
    assert_item(&message, "{\"channel\":\"ch\",\"formats\":{\"http-stream\":{\"action\":\"close\"},"
                          "\"ws-message\":{\"action\":\"close\"}}}");
    const struct publication patch = {.channel = SPAN("ch"),
                                      .content = SPAN("[{\"op\":\"remove\",\"path\":\"/a\"}]"),
                                      .is_patch = true};
    assert_item(&patch, "{\"channel\":\"ch\",\"formats\":{\"http-response\":{\"body-patch\":"
                        "[{\"op\":\"remove\",\"path\":\"/a\"}],\"code\":200}}}");
    const struct header meta[] = {{SPAN("k"), SPAN("v")}, {SPAN("sender"), SPAN("me")}};
    const struct publication all = {.channel = SPAN("ch"),
                                    .id = SPAN("1"),
                                    .prev_id = SPAN("0"),
                                    .content = SPAN("x"),
                                    .meta = meta,
                                    .meta_count = 2,
                                    .is_line = true,
                                    .no_seq = true};
    assert_item(
        &all,
        "{\"channel\":\"ch\",\"formats\":{\"http-response\":{\"body\":\"x\\n\",\"code\":200},"
        "\"http-stream\":{\"content\":\"x\\n\"},\"ws-message\":{\"content\":\"x\"}},\"id\":\"1\","
        "\"meta\":{\"k\":\"v\",\"sender\":\"me\"},\"no-seq\":true,\"prev-id\":\"0\"}");
}

static void an_answer_has_its_status_and_headers(void **state)
{
    (void)state;
    const struct header headers[] = {{SPAN("X-A"), SPAN("1")}, {SPAN("X-A"), SPAN("2")}};
    const struct publication message = {.channel = SPAN("ch"),
                                        .content = SPAN("no"),
                                        .code = 404,
                                        .reason = SPAN("Gone fishing"),
                                        .headers = headers,
                                        .header_count = 2,
                                        .formats = 1U << FORMAT_RESPONSE};
    assert_item(&message, "{\"channel\":\"ch\",\"formats\":{\"http-response\":{\"body\":\"no\","
                          "\"code\":404,\"reason\":\"Gone fishing\","
                          "\"headers\":[[\"X-A\",\"1\"],[\"X-A\",\"2\"]]}}}");
}

static void closing_a_websocket_may_have_a_code(void **state)
{
    (void)state;
    const struct publication message = {.channel = SPAN("ch"),
                                        .action = ACTION_CLOSE,
                                        .code = 4001,
                                        .reason = SPAN("bye"),
                                        .formats = 1U << FORMAT_WS};
    assert_item(&message, "{\"channel\":\"ch\",\"formats\":{\"ws-message\":{\"action\":\"close\","
                          "\"code\":4001,\"reason\":\"bye\"}}}");
}

static void what_is_no_text_travels_in_base64(void **state)
{
    (void)state;
    struct publication message = {
        .channel = SPAN("ch"), .content = SPAN("\xff\0"), .is_line = true};
    assert_item(
        &message,
        "{\"channel\":\"ch\",\"formats\":{\"http-response\":{\"body-bin\":\"/wAK\",\"code\":200},"
        "\"http-stream\":{\"content-bin\":\"/wAK\"},\"ws-message\":{\"content-bin\":\"/wA=\"}}}");
    message.content = SPAN("hi");
    message.is_binary = true;
    message.formats = 1U << FORMAT_WS;
    assert_item(&message,
                "{\"channel\":\"ch\",\"formats\":{\"ws-message\":{\"content-bin\":\"aGk=\"}}}");
}

static void a_server_sent_event_has_a_data_line_for_each_line(void **state)
{
    (void)state;
    const struct publication message = {.channel = SPAN("ch"),
                                        .id = SPAN("7"),
                                        .event = SPAN("tick"),
                                        .content = SPAN("a\nb\r\n\rc"),
                                        .is_event = true,
                                        .formats = 1U << FORMAT_STREAM};
    assert_item(&message,
                "{\"channel\":\"ch\",\"id\":\"7\",\"formats\":{\"http-stream\":{\"content\":"
                "\"event: tick\\nid: 7\\ndata: a\\ndata: b\\ndata: \\ndata: c\\n\\n\"}}}");
    const struct publication empty = {
        .channel = SPAN("ch"), .is_event = true, .formats = 1U << FORMAT_STREAM};
    assert_item(
        &empty,
        "{\"channel\":\"ch\",\"formats\":{\"http-stream\":{\"content\":\"data: \\n\\n\"}}}");
}

static void what_cannot_be_said_is_refused(void **state)
{
    (void)state;
    const struct header bad = {SPAN("X"), SPAN("\xff")};
    assert_refused(&(struct publication){.channel = SPAN("\xff")}, "channel");
    assert_refused(&(struct publication){.channel = SPAN("c"), .id = SPAN("\xff")}, "id");
    assert_refused(
        &(struct publication){.channel = SPAN("c"), .is_patch = true, .content = SPAN("{}")},
        "Patch");
    assert_refused(
        &(struct publication){.channel = SPAN("c"), .is_event = true, .event = SPAN("a\nb")},
        "event");
    assert_refused(&(struct publication){.channel = SPAN("c"), .headers = &bad, .header_count = 1},
                   "header");
    assert_refused(&(struct publication){.channel = SPAN("c"), .meta = &bad, .meta_count = 1}, "X");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_pushpin_publish_says),
        cmocka_unit_test(an_answer_has_its_status_and_headers),
        cmocka_unit_test(closing_a_websocket_may_have_a_code),
        cmocka_unit_test(what_is_no_text_travels_in_base64),
        cmocka_unit_test(a_server_sent_event_has_a_data_line_for_each_line),
        cmocka_unit_test(what_cannot_be_said_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
