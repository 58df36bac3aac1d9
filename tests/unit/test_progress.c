/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "publisher/progress.h"

static void assert_shown(bool is_terminal, const char *wanted)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct progress progress;
    progress_begin(&progress, out, is_terminal, 1000);
    progress_show(&progress, 10, 1999);
    progress_show(&progress, 3000, 2000);
    progress_show(&progress, 4000, 2500);
    progress_make_way(&progress);
    progress_show(&progress, 6000, 4000);
    progress_end(&progress, 7000, 4500);
    (void)fclose(out);
    assert_string_equal(text, wanted);
    free(text);
}

static void it_shows_once_a_second_and_then_the_sum(void **state)
{
    (void)state;
    assert_shown(false, "holdfast: 3000 messages published, 3000 a second\n"
                        "holdfast: 6000 messages published, 1500 a second\n"
                        "holdfast: 7000 messages published in 3.5 s, 2000 a second\n");
}

static void on_a_terminal_a_line_is_written_over_the_last(void **state)
{
    (void)state;
    assert_shown(true, "\r\033[Kholdfast: 3000 messages published, 3000 a second\n"
                       "\r\033[Kholdfast: 6000 messages published, 1500 a second"
                       "\r\033[Kholdfast: 7000 messages published in 3.5 s, 2000 a second\n");
}

static void what_takes_no_second_is_told_only_when_asked(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct progress progress;
    progress_begin(&progress, out, true, 0);
    progress_end(&progress, 5, 500);
    (void)fflush(out);
    assert_string_equal(text, "");
    progress.is_asked = true;
    progress_end(&progress, 5, 500);
    (void)fclose(out);
    assert_string_equal(text, "holdfast: 5 messages published in 0.5 s, 10 a second\n");
    free(text);
}

static void where_nobody_watches_nothing_is_said(void **state)
{
    (void)state;
    struct progress progress;
    progress_begin(&progress, NULL, true, 0);
    progress_show(&progress, 1, 5000);
    progress_end(&progress, 1, 6000);
    progress_make_way(&progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shows_once_a_second_and_then_the_sum),
        cmocka_unit_test(on_a_terminal_a_line_is_written_over_the_last),
        cmocka_unit_test(what_takes_no_second_is_told_only_when_asked),
        cmocka_unit_test(where_nobody_watches_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
