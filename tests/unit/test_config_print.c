/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/config_reader.h"

#include "common/check.h"

static char *printed(const struct config *config)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_print(config, out);
    (void)fclose(out);
    CHECK(text);
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
    set_variable("HOLDFAST_SIG_ISS", "a \"b\"\\");
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
    write_file("token", "hush-1\n");
    write_file("other", "hush-7\n");
    struct config *config =
        read_file("publish_tokens: [hush-2, file:token]\n"
                  "publishers:\n"
                  "- news token=hush-5\n"
                  "- shop key=hush-6,iss=a\n"
                  "- c token=file:other,channels=c-\n",
                  "|--sig-key|hush-3|--route|*,sig_key=\"hush-4\" a:1|--route|h b:1");
    char *text = printed(config);
    assert_null(strstr(text, "hush"));
    assert_line(text, "\npublish_tokens:\n#   - (set)  # ");
    assert_line(text, "\nsig_key: # (set)  # --sig-key\n");
    assert_line(text, "\nroutes:\n#   - (set)  # --route\n  - \"h b:1\"  # --route\n");
    assert_line(text, "\npublishers:\n#   - (set)  # ");
    assert_line(text, "\n  - \"c token=file:other,channels=c-\"  # ");
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
        config_test(print_config_shows_values_in_force_with_their_source),
        config_test(print_config_never_shows_a_secret),
        config_test(what_print_config_prints_is_a_file_that_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
