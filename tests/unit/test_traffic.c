/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/traffic.h"

static const struct header headers[] = {{SPAN_INIT("Host"), SPAN_INIT("a.test")},
                                        {SPAN_INIT("X-Empty"), SPAN_INIT("")}};

static void a_head_counts_its_words_and_no_punctuation(void **state)
{
    (void)state;
    assert_int_equal(traffic_request_head(SPAN("POST"), SPAN("/path?q=1"), headers, 2),
                     4 + 9 + 4 + 6 + 7);
    assert_int_equal(traffic_answer_head(SPAN("Not Found"), headers, 1), 3 + 9 + 4 + 6);
    assert_int_equal(traffic_answer_head(SPAN(""), NULL, 0), 3);
}

static void each_number_is_its_own(void **state)
{
    (void)state;
    struct traffic traffic = {0};
    for (enum traffic_id id = 0; id < TRAFFIC_COUNT; id++) {
        traffic_add(&traffic, id, 1);
        traffic_add(&traffic, id, id);
    }
    for (enum traffic_id id = 0; id < TRAFFIC_COUNT; id++)
        assert_int_equal(traffic_read(&traffic, id), id + 1);
}

static void no_two_have_the_same_name_in_a_report(void **state)
{
    (void)state;
    for (enum traffic_id id = 0; id < TRAFFIC_COUNT; id++)
        for (enum traffic_id other = 0; other < id; other++)
            assert_string_not_equal(traffic_keys[id], traffic_keys[other]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_counts_its_words_and_no_punctuation),
        cmocka_unit_test(each_number_is_its_own),
        cmocka_unit_test(no_two_have_the_same_name_in_a_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
