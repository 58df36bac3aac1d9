/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/attendance.h"
#include "common/interest.h"
#include "common/question.h"

#define NUMBER (UINT64_C(7) << ATTENDANCE_FRONTEND_SHIFT | 41)

static char bytes[512];

static struct span write(const struct attendance *attendance)
{
    size_t size = attendance_size(attendance);
    assert_true(size <= sizeof(bytes));
    attendance_write(bytes, attendance);
    return span(bytes, size);
}

static void assert_same(const struct attendance *a, const struct attendance *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->is_more, b->is_more);
    assert_int_equal(a->is_websocket, b->is_websocket);
    assert_int_equal(a->is_ssl, b->is_ssl);
    assert_int_equal(a->route, b->route);
    assert_true(span_equal(a->id, b->id));
    assert_true(span_equal(a->peer, b->peer));
}

static void assert_travels(const struct attendance *told)
{
    struct attendance read;
    assert_true(attendance_read(&read, write(told)));
    assert_same(told, &read);
}

static void what_is_told_is_what_is_read(void **state)
{
    (void)state;
    const struct attendance http = {.number = NUMBER,
                                    .is_more = true,
                                    .is_ssl = true,
                                    .route = 65535,
                                    .peer = SPAN("2001:db8::1")};
    const struct attendance websocket = {.number = NUMBER,
                                         .is_more = true,
                                         .is_websocket = true,
                                         .id = SPAN("0b0e8c8e-0000-4000-8000-000000000000")};
    const struct attendance less = {.number = NUMBER};
    assert_travels(&http);
    assert_travels(&websocket);
    assert_travels(&less);
}

static void a_word_cut_anywhere_in_front_of_the_address_is_none(void **state)
{
    (void)state;
    const struct attendance told = {
        .number = NUMBER, .is_more = true, .is_websocket = true, .id = SPAN("an-id")};
    struct attendance read;
    struct span whole = write(&told);
    for (size_t len = 0; len < whole.len; len++)
        assert_false(attendance_read(&read, span(bytes, len)));
}

/* An id of 24 bytes makes the word as long as an answer. */
static void other_words_of_the_way_back_are_not_taken_for_it_nor_it_for_them(void **state)
{
    (void)state;
    const struct attendance told = {
        .number = NUMBER, .is_more = true, .id = SPAN("123456789012345678901234")};
    struct attendance read;
    struct interest interest = {FORMAT_STREAM, true, SPAN("Pushpin and a long channel's name")};
    struct question_answer answer;
    char word[QUESTION_BYTES], question[QUESTION_BYTES];
    size_t len = question_ask(question, 1);
    len = question_answer(word, span(question, len), 1);
    assert_false(attendance_read(&read, span(word, len)));
    assert_true(interest_size(&interest) <= sizeof(word));
    interest_write(word, &interest);
    assert_false(attendance_read(&read, span(word, interest_size(&interest))));

    struct span whole = write(&told);
    assert_int_equal(whole.len, QUESTION_BYTES);
    assert_false(question_read_answer(whole, &answer));
    assert_false(interest_read(&interest, whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_what_is_read),
        cmocka_unit_test(a_word_cut_anywhere_in_front_of_the_address_is_none),
        cmocka_unit_test(other_words_of_the_way_back_are_not_taken_for_it_nor_it_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
