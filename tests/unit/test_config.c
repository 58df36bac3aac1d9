/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/config_reader.h"

#include "common/file.h"

static void nothing_at_all_is_a_working_configuration(void **state)
{
    (void)state;
    struct config *config = read_good("");
    assert_int_equal(verb, VERB_SERVE);
    assert_int_equal(config->listen_count, 1);
    assert_string_equal(config->listen[0].text, "127.0.0.1:7999");
    assert_int_equal(config->control_count, 1);
    assert_string_equal(config->control[0].text, "127.0.0.1:5561");
    assert_int_equal(routes_count(config->routes), 1);
    assert_false(routes_lead_out(config->routes));
    assert_true(config->workers >= 1 && config->workers <= 256);
    assert_string_equal(config->sig_key, "");
    assert_string_equal(config->sig_iss, "holdfast");
    assert_string_equal(config->service_id, "");
    char *here = getcwd(NULL, 0);
    assert_string_equal(config->dir, here);
    free(here);
    assert_int_equal(config->publish_token_count, 0);
    assert_int_equal(config->log_level, LEVEL_INFO);
    assert_true(config->http2);
    struct limits limits;
    limits_init(&limits);
    assert_memory_equal(&config->limits, &limits, sizeof(limits));
    config_free(config);
}

static void a_flag_beats_a_variable_and_a_variable_beats_the_file(void **state)
{
    (void)state;
    static const char file[] = "workers: 3\nsig_iss: file\nservice_id: file\n";
    set_variable("HOLDFAST_WORKERS", "4");
    set_variable("HOLDFAST_SIG_ISS", "variable");
    struct config *config = read_file(file, "|--workers|5");
    assert_int_equal(config->workers, 5);
    assert_string_equal(config->sig_iss, "variable");
    assert_string_equal(config->service_id, "file");
    config_free(config);
}

static void a_list_is_replaced_as_a_whole_and_grows_within_one_source(void **state)
{
    (void)state;
    set_variable("HOLDFAST_LISTEN", "4000");
    set_variable("HOLDFAST_TRUSTED_ADDRESS", "10.0.0.0/8,unix:");
    struct config *config =
        read_file("listen: [1, 2, 3]\ncontrol: [4, 5]\ntrusted_addresses: ['::1']\n",
                  "|--listen|7000|--listen|[::1]:7001");
    assert_int_equal(config->trusted_address_count, 2);
    assert_string_equal(config->trusted_addresses[1], "unix:");
    assert_int_equal(config->listen_count, 2);
    assert_string_equal(config->listen[0].text, "127.0.0.1:7000");
    assert_string_equal(config->listen[1].text, "[::1]:7001");
    assert_int_equal(config->control_count, 2);
    assert_string_equal(config->control[1].text, "127.0.0.1:5");
    config_free(config);
}

static void limits_come_from_the_file_variables_and_flags_with_units(void **state)
{
    (void)state;
    set_variable("HOLDFAST_LIMIT_BACKLOG_BYTES", "2MiB");
    struct config *config =
        read_file("limits:\n  id_bytes: 2KiB\n  backlog_bytes: 1MiB\n", "|--limit|stop_wait_ms=7s");
    assert_int_equal(config->limits.id_bytes, 2048);
    assert_int_equal(config->limits.backlog_bytes, 2 << 20);
    assert_int_equal(config->limits.stop_wait_ms, 7000);
    assert_int_equal(config->limits.channel_bytes, 1024);
    config_free(config);
}

static void with_a_route_every_address_is_listened_on(void **state)
{
    (void)state;
    struct config *config = read_good("--route|* localhost:3000");
    assert_string_equal(config->listen[0].text, "*:7999");
    config_free(config);
}

static void a_bare_port_is_for_this_machine_while_only_the_demo_is_routed(void **state)
{
    (void)state;
    struct config *config = read_good("--listen|80|--route|* demo");
    assert_string_equal(config->listen[0].text, "127.0.0.1:80");
    config_free(config);
    config = read_good("--listen|80|--route|* localhost:3000");
    assert_string_equal(config->listen[0].text, "*:80");
    config_free(config);
}

static void control_reachable_by_others_needs_a_publish_token(void **state)
{
    (void)state;
    assert_refused("--control|0.0.0.0:5561",
                   "--control: other machines can reach 0.0.0.0:5561, and without a publish token "
                   "all of them may publish: set one (--publish-token file:PATH, or "
                   "publish_tokens in the file), or listen on 127.0.0.1 only");
    config_free(read_good("--control|0.0.0.0:5561|--publish-token|secret"));
    config_free(read_good("--control|[::1]:5561|--control|unix:/run/c.sock"));
}

static void an_address_given_twice_is_refused_but_port_0_is_not(void **state)
{
    (void)state;
    assert_refused("--listen|5561", "--listen: 127.0.0.1:5561 cannot be had besides "
                                    "127.0.0.1:5561, which stands in control (default)");
    assert_refused("--control|7999", "--control: 127.0.0.1:7999 cannot be had besides "
                                     "127.0.0.1:7999, which stands in listen (default)");
    assert_refused("--listen|80|--listen|127.0.0.1:80",
                   "--listen: 127.0.0.1:80 cannot be had besides 127.0.0.1:80, which stands in "
                   "listen (--listen)");
    assert_file_refused("listen: [\"*:5561\"]\n",
                        "@:1: listen: *:5561 cannot be had besides 127.0.0.1:5561, which stands in "
                        "control (default)");
    config_free(read_good("--listen|0|--listen|0|--control|0"));
}

static void a_publish_token_may_be_the_first_line_of_a_file(void **state)
{
    (void)state;
    write_file("token", "  from-file \r\nsecond line\n");
    struct config *config = read_file("publish_tokens:\n  - file:token\n  - plain\n", "");
    assert_int_equal(config->publish_token_count, 2);
    assert_string_equal(config->publish_tokens[0], "from-file");
    assert_string_equal(config->publish_tokens[1], "plain");
    config_free(config);
}

static void an_empty_or_unreadable_secret_is_refused(void **state)
{
    (void)state;
    assert_refused("--publish-token|", "--publish-token: the token is empty");
    assert_refused("--sig-key|", "--sig-key: it is empty");
    assert_file_refused("publish_tokens: ['']\n", "@:1: publish_tokens: the token is empty");
    set_variable("HOLDFAST_PUBLISH_TOKEN", "");
    assert_refused("", "HOLDFAST_PUBLISH_TOKEN: the token is empty");
    unset_variable("HOLDFAST_PUBLISH_TOKEN");
    write_file("token", "\nsecret\n");
    assert_file_refused("publish_tokens: [file:token]\n",
                        "@:1: publish_tokens: the token is empty");
    assert_refused("--publish-token|file:/nowhere/token",
                   "--publish-token: /nowhere/token: it cannot be opened: No such file or "
                   "directory");
    assert_refused("--publish-token|a\tb",
                   "--publish-token: the token holds a byte that a header cannot carry");
}

static void publishers_have_a_permit_each(void **state)
{
    (void)state;
    write_file("token", "from-file\n");
    struct config *config = read_file("publish_tokens: [plain, more]\n"
                                      "publishers:\n"
                                      "  - news token=file:token,channels=news-\n"
                                      "  - shop key=hush,iss=shop\n",
                                      "");
    assert_int_equal(config->permit_count, 3);
    assert_string_equal(config->permits[0]->name, "token");
    assert_int_equal(config->permits[0]->tokens.count, 2);
    assert_string_equal(config->permits[1]->tokens.at[0], "from-file");
    assert_string_equal(config->permits[2]->name, "shop");
    config_free(config);
    config_free(read_good("--publisher|a token=x,token=y|--control|*:5561"));
}

static void a_publisher_who_could_be_taken_for_another_is_refused(void **state)
{
    (void)state;
    assert_refused("--publisher|a token=x|--publisher|a token=y",
                   "--publisher: there is a publisher a already");
    assert_refused("--publisher|a token=x|--publisher|b token=y,token=x",
                   "--publisher: b and a have the same token");
    assert_refused("--publish-token|x|--publisher|b token=x",
                   "--publisher: b and token have the same token");
    assert_refused("--publisher|token token=x", "--publisher: the name token is holdfast's own");
    assert_refused("--publisher|a",
                   "--publisher: without token= or key= nobody can show this permit");
    const char *alike =
        "--publisher: the key of b and a key of a are of one kind and issuer, so that "
        "a token would not tell which it is signed with: give each another iss=, or "
        "a JSON Web Key with a kid";
    assert_refused("--publisher|a key=x|--publisher|b key=y", alike);
    assert_refused("--publisher|a key=x,iss=i|--publisher|b key=y,iss=i", alike);
    config_free(
        read_good("--publisher|a key=x,iss=i|--publisher|b key=y,iss=j|--publisher|c key=z"));
}

static void assert_in_dir(const char *text, const char *start, const char *end)
{
    char *expected = mem_printf("%s%s%s", start, dir, end);
    assert_string_equal(text, expected);
    free(expected);
}

static void paths_in_the_file_are_relative_to_it(void **state)
{
    (void)state;
    write_file("routes", "h,sig_key=file:route.pem a:1\n");
    struct config *config =
        read_file("state_dir: state\nsig_key: file:key.pem\nroutes_file: routes\n"
                  "routes: ['*,sig_key=file:line.pem a:1', 'i,sig_key=file:/line.pem a:1']\n",
                  "");
    assert_in_dir(config->dir, "", "");
    assert_in_dir(config->state_dir, "", "/state");
    assert_in_dir(config->sig_key, "file:", "/key.pem");
    assert_in_dir(routes_at(config->routes, 0)->sig_key, "file:", "/line.pem");
    assert_string_equal(routes_at(config->routes, 1)->sig_key, "file:/line.pem");
    assert_in_dir(routes_at(config->routes, 2)->sig_key, "file:", "/route.pem");
    config_free(config);
}

static void paths_in_flags_and_variables_are_relative_to_the_working_directory(void **state)
{
    (void)state;
    char *before = getcwd(NULL, 0);
    write_file("token", "secret\n");
    assert_int_equal(chdir(dir), 0);
    set_variable("HOLDFAST_STATE", "state");
    struct config *config = read_good("--sig-key|file:key.pem|--route|*,sig_key=file:line.pem a:1|"
                                      "--publish-token|file:token");
    assert_in_dir(config->state_dir, "", "/state");
    assert_in_dir(config->sig_key, "file:", "/key.pem");
    assert_in_dir(routes_at(config->routes, 0)->sig_key, "file:", "/line.pem");
    assert_string_equal(config->publish_tokens[0], "secret");
    config_free(config);
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void systemd_says_where_state_is_kept(void **state)
{
    (void)state;
    set_variable("STATE_DIRECTORY", "/var/lib/private/hf:/other");
    struct config *config = read_good("");
    assert_string_equal(config->state_dir, "/var/lib/private/hf");
    config_free(config);
}

static void a_bad_route_is_refused_with_its_line(void **state)
{
    (void)state;
    assert_file_refused("routes:\n  - \"* a:1\"\n  - \"* b:1\"\n",
                        "@:3: routes: another route has the same condition: this one would never "
                        "match");
    assert_refused("--route|* a:1,frob", "--route: a target has no parameter \"frob\"");
    assert_refused("--route|# nothing", "--route: the line is empty");
}

/* Returns: what read_file() writes to standard error besides; caller frees. */
static char *read_with_log(const char *text, struct config **config)
{
    char *path = in_dir("log");
    char *why = NULL;
    size_t len;
    int before = dup(STDERR_FILENO);
    assert_non_null(freopen(path, "w", stderr));
    *config = read_file(text, "");
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    close(before);
    char *log = file_read(path, &len, &why);
    assert_non_null(log);
    free(path);
    return log;
}

static void a_pushpin_routes_file_is_taken_and_its_bad_lines_skipped(void **state)
{
    (void)state;
    write_file("routes", "# Pushpin\r\n* a:1,over_http\r\n\nbad\n* b:1\n*,sockjs=/x c:1\nh d:1");
    struct config *config;
    char *log = read_with_log("routes_file: routes\n", &config);
    assert_int_equal(routes_count(config->routes), 2);
    assert_string_equal(routes_at(config->routes, 1)->host, "h");
    assert_string_equal(config->listen[0].text, "*:7999");
    assert_non_null(strstr(log, "/routes:4: there is no target"));
    assert_non_null(strstr(log, "/routes:5: another route has the same condition"));
    assert_non_null(strstr(log, "/routes:6: sockjs: "));
    free(log);
    config_free(config);
}

static void no_skipped_line_of_a_pushpin_file_goes_without_a_warning(void **state)
{
    (void)state;
    write_file("routes", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n* a:1\n");
    struct config *config;
    char *log = read_with_log("routes_file: routes\n", &config);
    assert_non_null(strstr(log, "/routes:12: "));
    free(log);
    config_free(config);
}

static void a_routes_file_that_cannot_be_read_is_refused(void **state)
{
    (void)state;
    assert_refused("--routes|/nowhere/routes",
                   "--routes: /nowhere/routes: it cannot be opened: No such file or directory");
    assert_refused("--routes|/", "--routes: /: it cannot be read: Is a directory");
}

static void all_faults_are_told_at_once_each_with_its_source(void **state)
{
    (void)state;
    set_variable("HOLDFAST_WORKERS", "none");
    set_variable("HOLDFAST_WORKER", "1");
    assert_refused("--http2|maybe|--limit|id_bytes=0",
                   "HOLDFAST_WORKER: there is no such option\n"
                   "HOLDFAST_WORKERS: \"none\" is not a whole number from 1 to 256\n"
                   "--http2: \"maybe\" is neither \"yes\" nor \"no\"\n"
                   "--limit id_bytes: \"0\" is not a number of bytes such as 65536, 64KiB or 16MiB "
                   "from 1 to 65535");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        config_test(nothing_at_all_is_a_working_configuration),
        config_test(a_flag_beats_a_variable_and_a_variable_beats_the_file),
        config_test(a_list_is_replaced_as_a_whole_and_grows_within_one_source),
        config_test(limits_come_from_the_file_variables_and_flags_with_units),
        config_test(with_a_route_every_address_is_listened_on),
        config_test(a_bare_port_is_for_this_machine_while_only_the_demo_is_routed),
        config_test(control_reachable_by_others_needs_a_publish_token),
        config_test(an_address_given_twice_is_refused_but_port_0_is_not),
        config_test(publishers_have_a_permit_each),
        config_test(a_publisher_who_could_be_taken_for_another_is_refused),
        config_test(a_publish_token_may_be_the_first_line_of_a_file),
        config_test(an_empty_or_unreadable_secret_is_refused),
        config_test(paths_in_the_file_are_relative_to_it),
        config_test(paths_in_flags_and_variables_are_relative_to_the_working_directory),
        config_test(systemd_says_where_state_is_kept),
        config_test(a_bad_route_is_refused_with_its_line),
        config_test(a_pushpin_routes_file_is_taken_and_its_bad_lines_skipped),
        config_test(no_skipped_line_of_a_pushpin_file_goes_without_a_warning),
        config_test(a_routes_file_that_cannot_be_read_is_refused),
        config_test(all_faults_are_told_at_once_each_with_its_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
