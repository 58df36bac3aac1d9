/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/settings.h"

static const struct option_row *const list = &option_rows[OPTION_listen];
static const struct option_row *const single = &option_rows[OPTION_workers];

/* Each letter of `sources` speaks once, and says itself: Default, File, Environment, fLag. */
static void speak(struct settings *settings, const struct option_row *row, const char *sources)
{
    static const char letters[] = {
        [SOURCE_NONE] = '-',        [SOURCE_DEFAULT] = 'D', [SOURCE_FILE] = 'F',
        [SOURCE_ENVIRONMENT] = 'E', [SOURCE_FLAG] = 'L',
    };
    for (; *sources; sources++) {
        const char *letter = memchr(letters, *sources, sizeof(letters));
        assert_non_null(letter);
        settings_put(settings, row, (enum source)(letter - letters), span(sources, 1), "here");
    }
}

static void assert_heard(const struct option_row *row, const char *sources, const char *heard)
{
    struct settings *settings = settings_new();
    speak(settings, row, sources);
    const struct setting *setting = settings_get(settings, row);
    assert_int_equal(setting->count, strlen(heard));
    for (size_t i = 0; i < setting->count; i++)
        assert_int_equal(setting->values[i].text[0], heard[i]);
    settings_free(settings);
}

static void the_highest_source_is_heard_whoever_speaks_first(void **state)
{
    (void)state;
    assert_heard(single, "DFEL", "L");
    assert_heard(single, "LEFD", "L");
    assert_heard(single, "FED", "E");
    assert_heard(single, "DFD", "F");
}

static void a_list_grows_within_a_source_and_is_replaced_by_a_higher_one(void **state)
{
    (void)state;
    assert_heard(list, "FFF", "FFF");
    assert_heard(list, "FFE", "E");
    assert_heard(list, "EFFE", "EE");
    assert_heard(list, "DDFFEELL", "LL");
}

static void nobody_spoke_of_a_fresh_setting(void **state)
{
    (void)state;
    assert_heard(list, "", "");
}

static void a_value_may_be_restated_even_by_a_part_of_itself(void **state)
{
    (void)state;
    struct settings *settings = settings_new();
    settings_put(settings, list, SOURCE_FILE, SPAN("one"), "file:1");
    settings_put(settings, list, SOURCE_FILE, SPAN("two"), "file:2");
    const struct setting *setting = settings_get(settings, list);
    settings_restate(settings, list, 1, setting->values[1].text + 1);
    assert_string_equal(setting->values[0].text, "one");
    assert_string_equal(setting->values[1].text, "wo");
    assert_string_equal(setting->values[1].where, "file:2");
    settings_free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_source_is_heard_whoever_speaks_first),
        cmocka_unit_test(a_list_grows_within_a_source_and_is_replaced_by_a_higher_one),
        cmocka_unit_test(nobody_spoke_of_a_fresh_setting),
        cmocka_unit_test(a_value_may_be_restated_even_by_a_part_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
