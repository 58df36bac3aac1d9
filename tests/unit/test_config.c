/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config.h"
#include "common/mem.h"
#include "common/options.h"

/* The directory of a test, and how it calls holdfast. */
static char dir[64];
static enum verb verb;

static char *in_dir(const char *name)
{
    return mem_printf("%s/%s", dir, name);
}

static void write_file(const char *name, const char *text)
{
    char *path = in_dir(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_row_count; i++) {
        char *name = option_variable(&option_rows[i]);
        unsetenv(name);
        free(name);
    }
    unsetenv("STATE_DIRECTORY");
    (void)snprintf(dir, sizeof(dir), "/tmp/holdfast-config-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"holdfast.yaml", "routes", "token"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *path = in_dir(names[i]);
        unlink(path);
        free(path);
    }
    return rmdir(dir);
}

/* Reads a command line of words separated by '|'. */
static struct config *read_line(const char *line, char **why)
{
    char *words = mem_printf("holdfast%s%s", *line ? "|" : "", line);
    char *argv[16] = {0};
    int argc = 0;
    char *rest = words;
    for (char *word; (word = strsep(&rest, "|"));)
        argv[argc++] = word;
    struct config *config = config_read(argc, argv, &verb, why);
    free(words);
    return config;
}

static struct config *read_good(const char *line)
{
    char *why = NULL;
    struct config *config = read_line(line, &why);
    if (!config)
        fail_msg("%s: %s", line, why);
    return config;
}

/* "@" in a sentence stands for the path of the file. */
static void assert_refused(const char *line, const char *sentence)
{
    char *why = NULL;
    if (read_line(line, &why))
        fail_msg("%s was taken", line);
    char *path = in_dir("holdfast.yaml");
    char *expected =
        *sentence == '@' ? mem_printf("%s%s\n", path, sentence + 1) : mem_printf("%s\n", sentence);
    assert_string_equal(why, expected);
    free(expected);
    free(path);
    free(why);
}

static struct config *read_file(const char *text, const char *flags)
{
    write_file("holdfast.yaml", text);
    char *line = mem_printf("--config|%s/holdfast.yaml%s", dir, flags);
    struct config *config = read_good(line);
    free(line);
    return config;
}

static void assert_file_refused(const char *text, const char *sentence)
{
    write_file("holdfast.yaml", text);
    char *line = mem_printf("--config|%s/holdfast.yaml", dir);
    assert_refused(line, sentence);
    free(line);
}

/* Defaults and precedence. */

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
    assert_string_equal(config->dir, ".");
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
    setenv("HOLDFAST_WORKERS", "4", 1);
    setenv("HOLDFAST_SIG_ISS", "variable", 1);
    struct config *config = read_file(file, "|--workers|5");
    assert_int_equal(config->workers, 5);
    assert_string_equal(config->sig_iss, "variable");
    assert_string_equal(config->service_id, "file");
    config_free(config);
}

static void a_list_is_replaced_as_a_whole_and_grows_within_one_source(void **state)
{
    (void)state;
    struct config *config =
        read_file("listen: [1, 2, 3]\ncontrol: [4, 5]\n", "|--listen|7000|--listen|[::1]:7001");
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
    setenv("HOLDFAST_LIMIT_BACKLOG_BYTES", "2MiB", 1);
    struct config *config =
        read_file("limits:\n  id_bytes: 2KiB\n  backlog_bytes: 1MiB\n", "|--limit|stop_wait_ms=7s");
    assert_int_equal(config->limits.id_bytes, 2048);
    assert_int_equal(config->limits.backlog_bytes, 2 << 20);
    assert_int_equal(config->limits.stop_wait_ms, 7000);
    assert_int_equal(config->limits.channel_bytes, 1024);
    config_free(config);
}

static void the_file_may_be_named_by_a_variable(void **state)
{
    (void)state;
    write_file("holdfast.yaml", "workers: 7\n");
    char *path = in_dir("holdfast.yaml");
    setenv("HOLDFAST_CONFIG", path, 1);
    free(path);
    struct config *config = read_good("");
    assert_int_equal(config->workers, 7);
    assert_string_equal(config->dir, dir);
    config_free(config);
}

static void lists_in_variables_are_separated_by_commas_and_routes_by_lines(void **state)
{
    (void)state;
    setenv("HOLDFAST_LISTEN", "7000, 7001", 1);
    setenv("HOLDFAST_ROUTE", "*,debug a:1\n\nh,id=x b:1,over_http\n", 1);
    setenv("HOLDFAST_PUBLISH_TOKEN", "one,two\nthree", 1);
    struct config *config = read_good("");
    assert_int_equal(config->listen_count, 2);
    assert_int_equal(routes_count(config->routes), 2);
    assert_int_equal(config->publish_token_count, 3);
    assert_string_equal(config->publish_tokens[2], "three");
    config_free(config);
}

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

/* Where clients are taken. */

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
                   "control: other machines can reach 0.0.0.0:5561, and without a publish token "
                   "all of them may publish: set one (--publish-token file:PATH, or "
                   "publish_tokens in the file), or listen on 127.0.0.1 only");
    config_free(read_good("--control|0.0.0.0:5561|--publish-token|secret"));
    config_free(read_good("--control|[::1]:5561|--control|unix:/run/c.sock"));
}

static void an_address_given_twice_is_refused_but_port_0_is_not(void **state)
{
    (void)state;
    assert_refused("--listen|5561", "127.0.0.1:5561 stands twice among listen and control");
    assert_refused("--listen|80|--listen|127.0.0.1:80",
                   "127.0.0.1:80 stands twice among listen and control");
    config_free(read_good("--listen|0|--listen|0|--control|0"));
}

/* Secrets and files. */

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
    setenv("HOLDFAST_PUBLISH_TOKEN", "", 1);
    assert_refused("", "HOLDFAST_PUBLISH_TOKEN: the token is empty");
    unsetenv("HOLDFAST_PUBLISH_TOKEN");
    write_file("token", "\nsecret\n");
    assert_file_refused("publish_tokens: [file:token]\n",
                        "@:1: publish_tokens: the token is empty");
    assert_refused("--publish-token|file:/nowhere/token",
                   "--publish-token: /nowhere/token: it cannot be opened: No such file or "
                   "directory");
    assert_refused("--publish-token|a\tb",
                   "--publish-token: the token holds a byte that a header cannot carry");
}

static void paths_in_the_file_are_relative_to_it_and_paths_in_flags_are_not(void **state)
{
    (void)state;
    struct config *config = read_file("state_dir: state\nsig_key: file:key.pem\n", "");
    char *expected = in_dir("state");
    assert_string_equal(config->state_dir, expected);
    assert_string_equal(config->sig_key, "file:key.pem"); /* relative to config->dir */
    assert_string_equal(config->dir, dir);
    free(expected);
    config_free(config);

    config = read_file("", "|--state|state|--sig-key|file:key.pem");
    char *here = getcwd(NULL, 0);
    expected = mem_printf("file:%s/key.pem", here);
    assert_string_equal(config->state_dir, "state");
    assert_string_equal(config->sig_key, expected);
    free(expected);
    free(here);
    config_free(config);
}

static void systemd_says_where_state_is_kept(void **state)
{
    (void)state;
    setenv("STATE_DIRECTORY", "/var/lib/private/hf:/other", 1);
    struct config *config = read_good("");
    assert_string_equal(config->state_dir, "/var/lib/private/hf");
    config_free(config);
}

/* Routes. */

static void a_bad_route_is_refused_with_its_line(void **state)
{
    (void)state;
    assert_file_refused("routes:\n  - \"* a:1\"\n  - \"* b:1\"\n",
                        "@:3: routes: another route has the same condition: this one would never "
                        "match");
    assert_refused("--route|* a:1,frob", "--route: a target has no parameter \"frob\"");
    assert_refused("--route|# nothing", "--route: the line is empty");
}

static void a_pushpin_routes_file_is_taken_and_its_bad_lines_skipped(void **state)
{
    (void)state;
    write_file("routes", "# Pushpin\r\n* a:1,over_http\r\n\nbad\n* b:1\n*,sockjs=/x c:1\nh d:1");
    struct config *config = read_file("routes_file: routes\nlog_level: error\n", "");
    assert_int_equal(routes_count(config->routes), 2);
    assert_string_equal(routes_at(config->routes, 1)->host, "h");
    assert_string_equal(config->listen[0].text, "*:7999");
    config_free(config);
    assert_refused("--routes|/nowhere/routes",
                   "--routes: /nowhere/routes: it cannot be opened: No such file or directory");
}

/* Faults, each with its place. */

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

static void all_faults_are_told_at_once_each_with_its_source(void **state)
{
    (void)state;
    setenv("HOLDFAST_WORKERS", "none", 1);
    assert_refused("--http2|maybe|--limit|id_bytes=0",
                   "HOLDFAST_WORKERS: \"none\" is not a whole number from 1 to 256\n"
                   "--http2: \"maybe\" is neither \"yes\" nor \"no\"\n"
                   "--limit id_bytes: \"0\" is not a number of bytes such as 65536, 64KiB or 16MiB "
                   "from 1 to 65535");
}

/* The command line. */

static void a_verb_says_what_to_do_and_print_config_beats_it(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum verb verb;
    } cases[] = {{"", VERB_SERVE},
                 {"serve", VERB_SERVE},
                 {"check", VERB_CHECK},
                 {"keys|--workers|1", VERB_KEYS},
                 {"--workers|1|version", VERB_VERSION},
                 {"document", VERB_DOCUMENT},
                 {"--print-config", VERB_PRINT_CONFIG},
                 {"--print-config|check", VERB_PRINT_CONFIG}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        config_free(read_good(cases[i].line));
        assert_int_equal(verb, cases[i].verb);
    }
}

static void the_version_is_told_whatever_the_environment_says(void **state)
{
    (void)state;
    setenv("HOLDFAST_WORKERS", "none", 1);
    config_free(read_good("version"));
}

/* Returns: the status of a holdfast that is called with `line`. */
static int status_of(const char *line)
{
    pid_t child = fork();
    if (child == 0) {
        char *why = NULL;
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        config_free(read_line(line, &why));
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void usage_errors_end_with_64_and_help_with_0(void **state)
{
    (void)state;
    assert_int_equal(status_of("--frob"), 64);
    assert_int_equal(status_of("frob"), 64);
    assert_int_equal(status_of("check|serve"), 64);
    assert_int_equal(status_of("--limit|frob=1"), 64);
    assert_int_equal(status_of("--help"), 0);
    assert_int_equal(status_of("-h"), 0);
}

/* What is printed. */

static char *printed(const struct config *config)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_print(config, out);
    (void)fclose(out);
    return text;
}

static void assert_line(const char *text, const char *line)
{
    if (!strstr(text, line))
        fail_msg("\"%s\" is missing in:\n%s", line, text);
}

static void print_config_shows_values_in_force_with_their_source(void **state)
{
    (void)state;
    setenv("HOLDFAST_SIG_ISS", "a \"b\"\\", 1);
    struct config *config = read_file("limits:\n  id_bytes: 2KiB\n", "|--listen|80");
    char *text = printed(config);
    assert_line(text, "listen:\n  - 127.0.0.1:80  # --listen\n");
    assert_line(text, "\nsig_iss: \"a \\\"b\\\"\\\\\"  # HOLDFAST_SIG_ISS\n");
    assert_line(text, "\n# service_id: (not set)\n");
    assert_line(text, "\nlog_level: info  # default\n");
    char *line = mem_printf("\nlimits:\n  content_bytes: 32767  # default\n");
    assert_line(text, line);
    free(line);
    line = mem_printf("\n  id_bytes: 2KiB  # %s/holdfast.yaml:2\n", dir);
    assert_line(text, line);
    free(line);
    free(text);
    config_free(config);
}

static void print_config_never_shows_a_secret(void **state)
{
    (void)state;
    struct config *config =
        read_good("--publish-token|hush-1|--publish-token|hush-2|--sig-key|hush-3");
    char *text = printed(config);
    assert_null(strstr(text, "hush"));
    assert_line(text, "\n# publish_tokens: (set)  # --publish-token\n");
    assert_line(text, "\n# sig_key: (set)  # --sig-key\n");
    free(text);
    config_free(config);
}

static void what_print_config_prints_is_a_file_that_says_the_same(void **state)
{
    (void)state;
    struct config *config =
        read_good("--route|*,prefix=\"a: #\" localhost:3000|--listen|unix:/x y");
    char *text = printed(config);
    config_free(config);
    config = read_file(text, "");
    assert_string_equal(routes_at(config->routes, 0)->prefix, "a: #");
    assert_string_equal(config->listen[0].text, "unix:/x y");
    config_free(config);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_at_all_is_a_working_configuration, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_flag_beats_a_variable_and_a_variable_beats_the_file,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_is_replaced_as_a_whole_and_grows_within_one_source,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_come_from_the_file_variables_and_flags_with_units,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_may_be_named_by_a_variable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            lists_in_variables_are_separated_by_commas_and_routes_by_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_comments_and_empty_sections_says_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(with_a_route_every_address_is_listened_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_bare_port_is_for_this_machine_while_only_the_demo_is_routed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(control_reachable_by_others_needs_a_publish_token, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_address_given_twice_is_refused_but_port_0_is_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_publish_token_may_be_the_first_line_of_a_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_empty_or_unreadable_secret_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            paths_in_the_file_are_relative_to_it_and_paths_in_flags_are_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(systemd_says_where_state_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_route_is_refused_with_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pushpin_routes_file_is_taken_and_its_bad_lines_skipped,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_value_that_makes_no_sense_is_refused_with_file_and_line,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_key_is_refused_with_its_own_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_value_of_the_wrong_shape_is_refused_with_its_own_line,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_yaml_is_refused_with_its_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(all_faults_are_told_at_once_each_with_its_source, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_verb_says_what_to_do_and_print_config_beats_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_version_is_told_whatever_the_environment_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(usage_errors_end_with_64_and_help_with_0, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(print_config_shows_values_in_force_with_their_source,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(print_config_never_shows_a_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_print_config_prints_is_a_file_that_says_the_same,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
