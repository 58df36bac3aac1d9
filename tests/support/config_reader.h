/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls config_read() as a command line would, within a directory and an environment of the
 * test's own.
 *
 *     read_good("--listen|80|--workers|2")             words are separated by '|'
 *     read_file("workers: 2\n", "|--listen|80")        a file, then flags
 *     assert_file_refused("workers: 0\n", "@:1: ...")  '@' is the path of the file
 *
 * The environment is the test's input and no other thread reads it: a test that sets a variable
 * calls set_variable().
 */
#ifndef TESTS_SUPPORT_CONFIG_READER_H
#define TESTS_SUPPORT_CONFIG_READER_H

#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"
#include "common/mem.h"
#include "common/options.h"
#include "common/permit.h"

/* The directory of a test, and how it calls holdfast. */
static char dir[64];
static enum verb verb;

static inline char *in_dir(const char *name)
{
    return mem_printf("%s/%s", dir, name);
}

static inline void write_file(const char *name, const char *text)
{
    char *path = in_dir(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

/* NOLINTBEGIN(concurrency-mt-unsafe): a test has one thread */

static inline void set_variable(const char *name, const char *text)
{
    assert_int_equal(setenv(name, text, 1), 0);
}

static inline void unset_variable(const char *name)
{
    assert_int_equal(unsetenv(name), 0);
}

/* NOLINTEND(concurrency-mt-unsafe) */

static inline void clear_environment(void)
{
    for (size_t i = 0; environ[i];) {
        struct span text = span_of(environ[i]);
        struct span name = span_cut(&text, '=');
        if (!span_starts(name, SPAN("HOLDFAST_"))) {
            i++;
            continue;
        }
        char *owned = mem_copy(name.at, name.len);
        unset_variable(owned); /* moves the others up */
        free(owned);
    }
}

static inline int set_up(void **state)
{
    (void)state;
    clear_environment();
    unset_variable("STATE_DIRECTORY");
    (void)snprintf(dir, sizeof(dir), "/tmp/holdfast-config-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"holdfast.yaml", "routes", "token",
                                        "other",         "log",    "curve"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *path = in_dir(names[i]);
        unlink(path);
        free(path);
    }
    return rmdir(dir);
}

/* Reads a command line of words separated by '|'. */
static inline struct config *read_line(const char *line, char **why)
{
    char *words = mem_printf("holdfast%s%s", *line ? "|" : "", line);
    char *argv[32] = {0};
    int argc = 0;
    char *rest = words;
    for (char *word; (word = strsep(&rest, "|"));) {
        assert_true(argc < (int)ARRAY_LEN(argv) - 1);
        argv[argc++] = word;
    }
    struct config *config = config_read(argc, argv, &verb, why);
    free(words);
    return config;
}

static inline struct config *read_good(const char *line)
{
    char *why = NULL;
    struct config *config = read_line(line, &why);
    if (!config)
        fail_msg("%s: %s", line, why);
    return config;
}

/* "@" in a sentence stands for the path of the file. */
static inline void assert_refused(const char *line, const char *sentence)
{
    char *why = NULL;
    if (read_line(line, &why))
        fail_msg("%s was taken", line);
    char *path = in_dir("holdfast.yaml");
    char *expected =
        *sentence == '@' ? mem_printf("%s%s", path, sentence + 1) : mem_printf("%s", sentence);
    assert_string_equal(why, expected);
    free(expected);
    free(path);
    free(why);
}

static inline struct config *read_file(const char *text, const char *flags)
{
    write_file("holdfast.yaml", text);
    char *line = mem_printf("--config|%s/holdfast.yaml%s", dir, flags);
    struct config *config = read_good(line);
    free(line);
    return config;
}

static inline void assert_file_refused(const char *text, const char *sentence)
{
    write_file("holdfast.yaml", text);
    char *line = mem_printf("--config|%s/holdfast.yaml", dir);
    assert_refused(line, sentence);
    free(line);
}

#define config_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
