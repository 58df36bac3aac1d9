/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/mem.h"
#include "publisher/command_settle.h"

/* What the flags may have left; each test says more. */
static struct command_line fresh(void)
{
    return (struct command_line){.rules = sender_usual()};
}

static void assert_settled(struct command_line *line, const char *content)
{
    assert_null(command_settle(line, "c", content, NULL));
    assert_true(span_equal(line->message.channel, SPAN("c")));
}

static void content_is_words_a_file_or_lines(void **state)
{
    (void)state;
    static const struct {
        const char *content, *kept;
        enum command_source source;
        bool is_text, is_line;
    } cases[] = {
        {"x", "x", SOURCE_WORDS, false, true},  {"", "", SOURCE_WORDS, false, true},
        {"@x", "x", SOURCE_FILE, false, false}, {"@-", "-", SOURCE_FILE, false, false},
        {"-", "-", SOURCE_LINES, false, true},  {"-", "-", SOURCE_WORDS, true, true},
        {"@x", "@x", SOURCE_WORDS, true, true}, {"--", "--", SOURCE_WORDS, false, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct command_line line = fresh();
        line.is_text = cases[i].is_text;
        assert_settled(&line, cases[i].content);
        assert_int_equal(line.source, cases[i].source);
        assert_string_equal(line.content, cases[i].kept);
        assert_int_equal(line.message.is_line, cases[i].is_line);
        command_line_done(&line);
    }
}

static void lines_are_a_chain_and_a_message_is_none(void **state)
{
    (void)state;
    struct command_line line = fresh();
    line.id = "x";
    assert_settled(&line, "-");
    assert_true(line.rules.is_chain);
    assert_string_equal(line.rules.first_id, "x");
    assert_null(line.message.id.at);
    command_line_done(&line);

    line = fresh();
    line.id = "x";
    assert_settled(&line, "word");
    assert_false(line.rules.is_chain);
    assert_true(span_equal(line.message.id, SPAN("x")));
    command_line_done(&line);

    line = fresh();
    line.rules.has_no_ids = true;
    assert_settled(&line, "-");
    assert_false(line.rules.is_chain);
    command_line_done(&line);
}

static void assert_servers(const char *grip_url, size_t count, const char *last)
{
    struct command_line line = fresh();
    assert_null(command_settle(&line, "c", "x", grip_url));
    assert_int_equal(line.servers.count, count);
    assert_string_equal(line.servers.at[count - 1], last);
    command_line_done(&line);
}

static void servers_are_the_words_of_grip_url(void **state)
{
    (void)state;
    assert_servers(NULL, 1, "http://127.0.0.1:5561");
    assert_servers(" \n", 1, "http://127.0.0.1:5561");
    assert_servers("http://a", 1, "http://a");
    assert_servers(" http://a\thttp://b\n", 2, "http://b");
    assert_servers("{\"control_uri\": \"http://a\"}", 1, "{\"control_uri\": \"http://a\"}");
}

static void what_was_told_by_flags_wins_over_grip_url(void **state)
{
    (void)state;
    struct command_line line = fresh();
    command_add_server(&line.servers, mem_copy("http://a", 8));
    assert_null(command_settle(&line, "c", "x", "http://b"));
    assert_int_equal(line.servers.count, 1);
    command_line_done(&line);
}

static void a_certificate_may_have_its_key_beside_it(void **state)
{
    (void)state;
    struct command_line line = fresh();
    line.cert = "own.crt,own.key";
    assert_settled(&line, "x");
    assert_string_equal(line.rules.post.cert_file, "own.crt");
    assert_string_equal(line.rules.post.key_file, "own.key");
    command_line_done(&line);

    line = fresh();
    line.cert = "own.pem";
    assert_settled(&line, "x");
    assert_string_equal(line.rules.post.cert_file, "own.pem");
    assert_string_equal(line.rules.post.key_file, "own.pem");
    command_line_done(&line);
}

static void what_does_not_go_together_is_said(void **state)
{
    (void)state;
    struct command_line line = fresh();
    assert_non_null(strstr(command_settle(&line, NULL, NULL, NULL), "CHANNEL"));
    assert_non_null(strstr(command_settle(&line, "c", NULL, NULL), "CONTENT"));
    line.message.action = ACTION_HINT;
    assert_non_null(strstr(command_settle(&line, "c", "x", NULL), "--hint"));
    line.message.is_patch = true;
    assert_non_null(strstr(command_settle(&line, "c", NULL, NULL), "--hint"));
    line = fresh();
    line.id = "x";
    line.rules.has_no_ids = true;
    assert_non_null(strstr(command_settle(&line, "c", "x", NULL), "--no-id"));
    command_line_done(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_words_a_file_or_lines),
        cmocka_unit_test(lines_are_a_chain_and_a_message_is_none),
        cmocka_unit_test(servers_are_the_words_of_grip_url),
        cmocka_unit_test(what_was_told_by_flags_wins_over_grip_url),
        cmocka_unit_test(a_certificate_may_have_its_key_beside_it),
        cmocka_unit_test(what_does_not_go_together_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
