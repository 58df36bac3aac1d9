/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "router/metrics.h"

static void numbers_are_summed_over_the_threads_and_told_with_help_and_type(void **state)
{
    (void)state;
    static struct stats a, b;
    const struct stats *const all[] = {&a, &b};
    stats_add(&a, STAT_holds, 5);
    stats_add(&b, STAT_holds, -2);
    stats_add(&a, STAT_items_published, 7);
    stats_end(&b, REASON_SLOW_CLIENT);
    stats_end(&a, REASON_SLOW_CLIENT);

    struct buf out = {0};
    metrics_write(&out, all, ARRAY_LEN(all));
    char *text = buf_take(&out);
    assert_non_null(strstr(text, "# HELP holdfast_holds connections held\n"
                                 "# TYPE holdfast_holds gauge\n"
                                 "holdfast_holds 3\n"));
    assert_non_null(strstr(text, "# TYPE holdfast_items_published_total counter\n"
                                 "holdfast_items_published_total 7\n"));
    assert_non_null(strstr(text, "# TYPE holdfast_ended_total counter\n"));
    assert_non_null(strstr(text, "\nholdfast_ended_total{reason=\"slow_client\"} 2\n"));
    assert_non_null(strstr(text, "\nholdfast_ended_total{reason=\"no_route\"} 0\n"));
    assert_null(strstr(text, "{reason=\"none\"}"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_summed_over_the_threads_and_told_with_help_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
