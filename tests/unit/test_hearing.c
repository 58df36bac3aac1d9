/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/hearing.h"
#include "common/interest.h"
#include "common/question.h"

static const uint16_t routes[] = {1, 65535, 300};

static struct hearing example(size_t route_count)
{
    return (struct hearing){
        .number = UINT64_MAX - 4,
        .heard = {[FORMAT_RESPONSE] = 1, [FORMAT_STREAM] = UINT32_MAX, [FORMAT_WS] = 3},
        .routes = span((const char *)routes, route_count * sizeof(*routes)),
    };
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    char bytes[64];
    for (size_t count = 0; count <= ARRAY_LEN(routes); count++) {
        struct hearing written = example(count), read = {0};
        size_t len = hearing_size(&written);
        hearing_write(bytes + 1, &written); /* wherever it stands */
        assert_true(hearing_read(&read, span(bytes + 1, len)));
        assert_true(read.number == written.number);
        assert_memory_equal(read.heard, written.heard, sizeof(read.heard));
        assert_int_equal(hearing_route_count(&read), count);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(hearing_route(&read, i), routes[i]);
    }
}

static void what_was_cut_is_not_read(void **state)
{
    (void)state;
    char bytes[64];
    struct hearing written = example(1), read;
    size_t len = hearing_size(&written);
    hearing_write(bytes, &written);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(hearing_read(&read, span(bytes, cut)));
}

static void the_words_of_the_way_back_are_told_apart(void **state)
{
    (void)state;
    char bytes[64], question[QUESTION_BYTES];
    struct hearing hearing;
    struct question_answer answer;
    struct interest interest = {.format = FORMAT_WS,
                                .channel = SPAN("01234567890123456789012345678901234")};
    interest_write(bytes, &interest);
    assert_false(hearing_read(&hearing, span(bytes, interest_size(&interest))));
    size_t len = question_ask(question, 1);
    len = question_answer(bytes, span(question, len), 0);
    assert_false(hearing_read(&hearing, span(bytes, len)));
    for (size_t count = 0; count <= ARRAY_LEN(routes); count++) {
        struct hearing written = example(count);
        hearing_write(bytes, &written);
        struct span word = span(bytes, hearing_size(&written));
        assert_false(question_read_answer(word, &answer));
        assert_false(interest_read(&interest, word));
    }
}

/* Returns: a number from 0 to below `sides`, the same ones in every run. */
static size_t roll(size_t sides)
{
    static uint64_t luck = 1;
    luck ^= luck << 13;
    luck ^= luck >> 7;
    luck ^= luck << 17;
    return luck % sides;
}

static void garbage_is_read_without_harm(void **state)
{
    (void)state;
    char bytes[80];
    unsigned read = 0;
    for (int i = 0; i < 100000; i++) {
        struct hearing hearing;
        size_t len = roll(sizeof(bytes));
        for (size_t at = 0; at < len; at++)
            bytes[at] = (char)roll(256);
        if (len > 32 && roll(2)) { /* nearly one */
            bytes[0] = 'C';
            memset(bytes + 29, 0, 3);
        }
        if (!hearing_read(&hearing, span(bytes, len)))
            continue;
        read++;
        for (size_t place = 0; place < hearing_route_count(&hearing); place++)
            (void)hearing_route(&hearing, place);
    }
    assert_true(read > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(what_was_cut_is_not_read),
        cmocka_unit_test(the_words_of_the_way_back_are_told_apart),
        cmocka_unit_test(garbage_is_read_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
