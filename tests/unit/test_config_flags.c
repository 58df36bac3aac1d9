/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/config_reader.h"

#include <fcntl.h>
#include <sys/wait.h>

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
    set_variable("HOLDFAST_WORKERS", "none");
    config_free(read_good("version"));
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        config_test(a_verb_says_what_to_do_and_print_config_beats_it),
        config_test(the_version_is_told_whatever_the_environment_says),
        config_test(usage_errors_end_with_64_and_help_with_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
