/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/token.h"

static char parent[] = "/tmp/holdfast-keystore-XXXXXX";
static char *dir;  /* does not exist until a key is kept */
static char *file; /* sig_key.pem in it */

static int make_parent(void **state)
{
    (void)state;
    if (!mkdtemp(parent))
        return -1;
    dir = mem_printf("%s/state", parent);
    file = mem_printf("%s/sig_key.pem", dir);
    return 0;
}

static int empty_parent(void **state)
{
    (void)state;
    (void)unlink(file);
    (void)rmdir(dir);
    return 0;
}

static int remove_parent(void **state)
{
    (void)state;
    free(dir);
    free(file);
    return rmdir(parent);
}

static void put_key_file(const char *content)
{
    assert_int_equal(mkdir(dir, 0700), 0);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    assert_true(fputs(content, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void a_key_is_made_once_and_found_again(void **state)
{
    (void)state;
    char *why = NULL;
    struct key *made = key_keep(dir, &why);
    assert_non_null(made);
    assert_null(why);
    assert_string_equal(key_algorithm(made), "ES256");
    struct key *found = key_keep(dir, &why);
    assert_non_null(found);
    assert_null(why);
    char *token = token_sign(made, "pushpin", 2000);
    assert_true(token_is_valid(found, "pushpin", span_of(token), 1000));
    free(token);
    key_free(found);
    key_free(made);
}

static void only_its_owner_may_read_the_key(void **state)
{
    (void)state;
    char *why = NULL;
    mode_t before = umask(0);
    struct key *key = key_keep(dir, &why);
    umask(before);
    struct stat info;
    assert_int_equal(stat(dir, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    key_free(key);
}

static void nothing_else_is_left_in_the_directory(void **state)
{
    (void)state;
    char *why = NULL;
    key_free(key_keep(dir, &why));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void where_it_cannot_be_kept_the_key_lives_in_memory(void **state)
{
    (void)state;
    char *why = NULL;
    char *nowhere = mem_printf("%s/not/there", parent);
    struct key *key = key_keep(nowhere, &why);
    assert_non_null(key);
    assert_non_null(strstr(why, "/not/there/sig_key.pem': No such file or directory"));
    char *token = token_sign(key, "pushpin", 2000);
    assert_true(token_is_valid(key, "pushpin", span_of(token), 1000));
    free(token);
    free(why);
    key_free(key);
    free(nowhere);
}

static void a_file_that_holds_no_such_key_is_left_alone(void **state)
{
    (void)state;
    char *why = NULL;
    put_key_file("6368616e67656d65");
    assert_null(key_keep(dir, &why));
    assert_non_null(strstr(why, "holds no EC P-256 key"));
    free(why);
    struct stat info;
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_size, 16);
}

static void a_cut_off_key_file_is_an_error(void **state)
{
    (void)state;
    char *why = NULL;
    put_key_file("-----BEGIN PRIVATE KEY-----\nMIGH");
    assert_null(key_keep(dir, &why));
    assert_non_null(strstr(why, "holds no private key"));
    free(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_key_is_made_once_and_found_again, empty_parent),
        cmocka_unit_test_teardown(only_its_owner_may_read_the_key, empty_parent),
        cmocka_unit_test_teardown(nothing_else_is_left_in_the_directory, empty_parent),
        cmocka_unit_test_teardown(where_it_cannot_be_kept_the_key_lives_in_memory, empty_parent),
        cmocka_unit_test_teardown(a_file_that_holds_no_such_key_is_left_alone, empty_parent),
        cmocka_unit_test_teardown(a_cut_off_key_file_is_an_error, empty_parent),
    };
    return cmocka_run_group_tests(tests, make_parent, remove_parent);
}
