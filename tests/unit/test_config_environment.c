/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/config_reader.h"

static void the_file_may_be_named_by_a_variable(void **state)
{
    (void)state;
    write_file("holdfast.yaml", "workers: 7\n");
    char *path = in_dir("holdfast.yaml");
    set_variable("HOLDFAST_CONFIG", path);
    free(path);
    struct config *config = read_good("");
    assert_int_equal(config->workers, 7);
    assert_string_equal(config->dir, dir);
    config_free(config);
}

static void lists_in_variables_are_separated_by_commas_and_routes_by_lines(void **state)
{
    (void)state;
    set_variable("HOLDFAST_LISTEN", "7000, 7001");
    set_variable("HOLDFAST_ROUTE", "*,debug a:1\n\nh,id=x b:1,over_http\n");
    set_variable("HOLDFAST_PUBLISH_TOKEN", "one,two\nthree");
    set_variable("HOLDFAST_PUBLISHER", "a token=x,channels=y\nb token=z");
    struct config *config = read_good("");
    assert_int_equal(config->listen_count, 2);
    assert_int_equal(routes_count(config->routes), 2);
    assert_int_equal(config->publish_token_count, 3);
    assert_string_equal(config->publish_tokens[2], "three");
    assert_int_equal(config->permit_count, 3);
    assert_string_equal(config->permits[1]->prefixes.at[0], "y");
    config_free(config);
}

static void a_variable_that_is_no_option_is_refused(void **state)
{
    (void)state;
    set_variable("HOLDFAST_WORKER", "3");
    assert_refused("", "HOLDFAST_WORKER: there is no such option");
    unset_variable("HOLDFAST_WORKER");
    set_variable("HOLDFAST_PORT", "8000");
    assert_refused("", "HOLDFAST_PORT: there is no such option");
    unset_variable("HOLDFAST_PORT");
    set_variable("HOLDFAST", "/usr/bin/holdfast");
    config_free(read_good(""));
    unset_variable("HOLDFAST");
}

static void variables_that_kubernetes_makes_from_a_service_are_let_be(void **state)
{
    (void)state;
    static const char *const links[][2] = {
        {"HOLDFAST_SERVICE_HOST", "10.0.0.1"},       {"HOLDFAST_SERVICE_PORT", "7999"},
        {"HOLDFAST_SERVICE_PORT_HTTP", "7999"},      {"HOLDFAST_PORT", "tcp://10.0.0.1:7999"},
        {"HOLDFAST_PORT_7999_TCP_ADDR", "10.0.0.1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        set_variable(links[i][0], links[i][1]);
    config_free(read_good(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        config_test(the_file_may_be_named_by_a_variable),
        config_test(lists_in_variables_are_separated_by_commas_and_routes_by_lines),
        config_test(a_variable_that_is_no_option_is_refused),
        config_test(variables_that_kubernetes_makes_from_a_service_are_let_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
