/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/file.h"
#include "common/options.h"

static void the_committed_document_is_what_the_tables_say(void **state)
{
    (void)state;
    char *made = NULL;
    size_t made_len;
    FILE *out = open_memstream(&made, &made_len);
    options_document(out);
    (void)fclose(out);
    CHECK(made);

    char *why = NULL;
    size_t len;
    char *committed = file_read("docs/configuration.md", &len, &why);
    if (!committed)
        fail_msg("%s", why);
    CHECK(committed);
    if (strcmp(committed, made) != 0)
        fail_msg("docs/configuration.md is stale: holdfast document > docs/configuration.md");
    free(committed);
    free(made);
}

static void no_two_options_share_a_key_or_a_variable(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_row_count; i++) {
        char *one = option_variable(&option_rows[i]);
        for (size_t j = 0; j < i; j++) {
            char *other = option_variable(&option_rows[j]);
            assert_string_not_equal(one, other);
            free(other);
        }
        free(one);
        if (option_rows[i].kind != KIND_FLAG_ONLY)
            assert_ptr_equal(option_find(option_rows[i].section, span_of(option_rows[i].key)),
                             &option_rows[i]);
    }
}

static void every_option_tells_what_it_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        assert_true(strlen(row->help) > 10);
        assert_int_not_equal(row->help[strlen(row->help) - 1], '.'); /* the document adds it */
        assert_true(strlen(row->argument) > 0);
        assert_true(row->least <= row->most);
        assert_true(row->section || strlen(row->flag) > 0);
    }
}

static void no_two_options_share_a_flag(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_LIMITS; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(option_rows[i].flag, option_rows[j].flag);
    }
}

static void variables_are_named_after_the_flags(void **state)
{
    (void)state;
    static const struct {
        const char *section, *key, *variable;
    } cases[] = {{NULL, "publish_tokens", "HOLDFAST_PUBLISH_TOKEN"},
                 {NULL, "routes", "HOLDFAST_ROUTE"},
                 {"limits", "id_bytes", "HOLDFAST_LIMIT_ID_BYTES"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *name = option_variable(option_find(cases[i].section, span_of(cases[i].key)));
        assert_string_equal(name, cases[i].variable);
        free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_document_is_what_the_tables_say),
        cmocka_unit_test(no_two_options_share_a_key_or_a_variable),
        cmocka_unit_test(every_option_tells_what_it_does),
        cmocka_unit_test(no_two_options_share_a_flag),
        cmocka_unit_test(variables_are_named_after_the_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
