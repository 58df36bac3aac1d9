/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/config_reader.h"

static void a_file_of_comments_and_empty_sections_says_nothing(void **state)
{
    (void)state;
    config_free(read_file("", ""));
    config_free(read_file("# workers: 4\n", ""));
    config_free(read_file("---\n# nothing\n", ""));
    struct config *config = read_file("workers:\nlisten:\nroutes: []\nlimits:\n  # none\n", "");
    assert_string_equal(config->listen[0].text, "127.0.0.1:7999");
    config_free(config);
}

static void a_value_that_makes_no_sense_is_refused_with_file_and_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"\nworkers: four\n", "@:2: workers: \"four\" is not a whole number from 1 to 256"},
        {"workers: 0\n", "@:1: workers: \"0\" is not a whole number from 1 to 256"},
        {"sig_iss: a\nhttp2: 2\n", "@:2: http2: \"2\" is neither \"yes\" nor \"no\""},
        {"log_level: loud\n", "@:1: log_level: \"loud\" is not error, warn, info or debug"},
        {"listen:\n- 1\n- 2\n- x\n",
         "@:4: listen: \"x\" is no address to listen on: the port is not a number from 0 to 65535"},
        {"trusted_addresses: [10.0.0.0/8,\n 10.0.0.0/33]\n",
         "@:2: trusted_addresses: \"10.0.0.0/33\": the length behind the slash is not a number "
         "from 0 to 32 (IPv4) or 128 (IPv6)"},
        {"limits:\n  id_bytes: 5s\n",
         "@:2: id_bytes: \"5s\" is not a number of bytes such as 65536, 64KiB or 16MiB from 1 to "
         "65535"},
        {"limits: {publish_depth: 7}\n",
         "@:1: publish_depth: \"7\" is not a whole number from 8 to 512"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_file_refused(cases[i][0], cases[i][1]);
}

static void an_unknown_key_is_refused_with_its_own_line(void **state)
{
    (void)state;
    assert_file_refused("workers: 3\n\nfrob: 3\nsig_iss: x\n",
                        "@:3: frob: there is no such option");
    assert_file_refused("config: x\n", "@:1: config: there is no such option");
    assert_file_refused("limits:\n  id_bytes: 3\n  frob: 3\n", "@:3: frob: there is no such limit");
    assert_file_refused("workers: 1\nsig_iss: a\nworkers: 2\n",
                        "@:3: workers: it stands here a second time");
    assert_file_refused("limits:\n  id_bytes: 3\n  id_bytes: 4\n",
                        "@:3: id_bytes: it stands here a second time");
}

static void a_value_of_the_wrong_shape_is_refused_with_its_own_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"sig_iss: a\nworkers: [1]\n", "@:2: workers: it wants one value"},
        {"workers:\n  a: b\n", "@:1: workers: it wants one value"},
        {"sig_iss: a\nlisten: 7999\n", "@:2: listen: it wants a list, such as [A, B]"},
        {"listen:\n  - 1\n  - [2]\n", "@:3: listen: each item of the list is one value"},
        {"workers: 1\nlimits: 3\n", "@:2: limits: it wants a mapping of KEY: VALUE"},
        {"limits:\n  id_bytes: [1]\n", "@:2: id_bytes: it wants one value"},
        {"- workers\n", "@:1: the file must be a mapping of options: KEY: VALUE"},
        {"workers\n", "@:1: the file must be a mapping of options: KEY: VALUE"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_file_refused(cases[i][0], cases[i][1]);
}

static void what_is_not_yaml_is_refused_with_its_line(void **state)
{
    (void)state;
    assert_file_refused("workers: 1\nlisten: [1\n",
                        "@:3: this is not YAML: while parsing a flow sequence, did not find "
                        "expected ',' or ']'");
    assert_file_refused("workers: 1\n# \xff\n",
                        "@:2: this is not YAML: invalid leading UTF-8 octet");
    assert_file_refused("workers: 1\n---\nworkers: 2\n",
                        "@:2: a second document begins; there may be only one");
    assert_file_refused("sig_iss: &a x\nservice_id: *a\n",
                        "@:2: this is not understood here (YAML alias unsupported)");
    assert_refused("--config|/nowhere.yaml",
                   "/nowhere.yaml: it cannot be opened: No such file or directory");
}

static void the_example_that_people_start_from_is_a_good_one(void **state)
{
    (void)state;
    struct config *config = read_good("check|--config|deploy/holdfast.yaml");
    assert_int_equal(verb, VERB_CHECK);
    assert_string_equal(config->listen[0].text, "*:7999");
    assert_true(routes_at(config->routes, 0)->targets[0].over_http);
    assert_int_equal(config->limits.backlog_bytes, 1 << 20);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        config_test(a_file_of_comments_and_empty_sections_says_nothing),
        config_test(a_value_that_makes_no_sense_is_refused_with_file_and_line),
        config_test(an_unknown_key_is_refused_with_its_own_line),
        config_test(a_value_of_the_wrong_shape_is_refused_with_its_own_line),
        config_test(what_is_not_yaml_is_refused_with_its_line),
        config_test(the_example_that_people_start_from_is_a_good_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
