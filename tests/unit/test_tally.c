/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tally of two frontends, which tells a line of text: "channel/id response,stream,ws routes".
 */
#include "router/tally.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/hearing.h"
#include "common/wire.h"
#include "tests/unit/cmocka.h"

struct book {
    struct limits limits;
    struct tally *tally;
    struct buf told;
};

static void write_down(void *context, const struct tallied *item)
{
    struct buf *told = context;
    buf_append(told, item->channel);
    buf_append(told, item->id.at ? SPAN("/") : SPAN(""));
    buf_append(told, item->id);
    for (int kind = 0; kind < FORMAT_COUNT; kind++)
        buf_printf(told, "%c%u", kind ? ',' : ' ', item->heard[kind]);
    for (size_t i = 0; i < item->route_count; i++)
        buf_printf(told, " %u", item->routes[i]);
    buf_append(told, SPAN("\n"));
}

static int open_book(void **state)
{
    static struct book book;
    book = (struct book){0};
    limits_init(&book.limits);
    book.tally = tally_new(&(struct tally_parts){.limits = &book.limits,
                                                 .frontends = 2,
                                                 .routes = 9,
                                                 .tell = write_down,
                                                 .context = &book.told});
    *state = &book;
    return 0;
}

static int close_book(void **state)
{
    struct book *book = *state;
    tally_free(book->tally);
    buf_done(&book->told);
    return 0;
}

/* Returns: the number of the item as it went on the bus. */
static uint64_t begin(struct book *book, const char *channel, const char *id, uint64_t number)
{
    struct buf frame = {0};
    struct item item = {.channel = span_of(channel), .number = number};
    if (id)
        item.id = span_of(id);
    wire_seal(&frame, &item);
    tally_begin(book->tally, &frame);
    number = wire_names(buf_span(&frame)).number;
    buf_done(&frame);
    return number;
}

static void hear(struct book *book, uint64_t number, uint32_t streams, const uint16_t *routes,
                 size_t route_count)
{
    tally_take(book->tally, &(struct hearing){
                                .number = number,
                                .heard = {[FORMAT_STREAM] = streams},
                                .routes = span((const char *)routes, route_count * sizeof(*routes)),
                            });
}

#define assert_told(book, expected)                                                                \
    do {                                                                                           \
        char *told_ = buf_take(&(book)->told);                                                     \
        assert_string_equal(told_, expected);                                                      \
        free(told_);                                                                               \
    } while (0)

static void an_item_is_told_when_the_last_frontend_has_answered(void **state)
{
    struct book *book = *state;
    uint64_t number = begin(book, "news", "1", 0);
    assert_true(number != 0);
    hear(book, number, 3, NULL, 0);
    assert_told(book, "");
    tally_take(book->tally,
               &(struct hearing){.number = number, .heard = {1, 4, 2}, .routes = SPAN("")});
    assert_told(book, "news/1 1,7,2\n");
}

static void items_under_way_are_not_mixed_up(void **state)
{
    struct book *book = *state;
    uint64_t first = begin(book, "news", NULL, 0), second = begin(book, "news", NULL, 0);
    assert_true(first != second);
    hear(book, first, 1, NULL, 0);
    hear(book, second, 10, NULL, 0);
    hear(book, second, 20, NULL, 0);
    assert_told(book, "news 0,30,0\n");
    hear(book, first, 2, NULL, 0);
    assert_told(book, "news 0,3,0\n");
}

static void a_number_that_a_publisher_waits_for_is_kept(void **state)
{
    struct book *book = *state;
    enum { MANY = 1000 };
    for (uint64_t i = 1; i <= MANY; i++)
        assert_true(begin(book, "news", NULL, i << 20) == i << 20);
    for (uint64_t i = 1; i <= MANY; i++) {
        hear(book, i << 20, 1, NULL, 0);
        hear(book, i << 20, (uint32_t)i, NULL, 0);
        buf_clear(&book->told);
    }
    assert_false(tally_is_full(book->tally));
}

static void each_route_is_told_once(void **state)
{
    struct book *book = *state;
    uint64_t number = begin(book, "news", NULL, 0), other = begin(book, "sport", NULL, 0);
    hear(book, number, 2, (const uint16_t[]){3, 9}, 2);
    hear(book, other, 1, (const uint16_t[]){9}, 1);
    hear(book, other, 1, (const uint16_t[]){9}, 1);
    hear(book, number, 2, (const uint16_t[]){9, 1, 3}, 3);
    assert_told(book, "sport 0,2,0 9\nnews 0,4,0 3 9 1\n");
}

static void it_is_full_while_more_than_bus_words_are_awaited(void **state)
{
    struct book *book = *state;
    uint64_t numbers[4];
    book->limits.bus_words = 6;
    for (size_t i = 0; i < 3; i++)
        numbers[i] = begin(book, "news", NULL, 0);
    assert_false(tally_is_full(book->tally));
    numbers[3] = begin(book, "news", NULL, 0);
    assert_true(tally_is_full(book->tally));
    hear(book, numbers[0], 0, NULL, 0);
    assert_true(tally_is_full(book->tally));
    hear(book, numbers[1], 0, NULL, 0);
    assert_false(tally_is_full(book->tally));
}

static void it_is_full_while_it_keeps_more_than_bus_bytes(void **state)
{
    struct book *book = *state;
    char channel[1001] = {0};
    memset(channel, 'c', sizeof(channel) - 1);
    book->limits.bus_bytes = 2800;
    (void)begin(book, channel, NULL, 0);
    uint64_t second = begin(book, channel, channel, 0);
    assert_true(tally_is_full(book->tally));
    hear(book, second, 0, NULL, 0);
    hear(book, second, 0, NULL, 0);
    assert_false(tally_is_full(book->tally));
    for (int i = 0; i < 100; i++)
        (void)begin(book, "c", NULL, 0);
    assert_true(tally_is_full(book->tally));
}

static void nothing_is_kept_of_what_was_told(void **state)
{
    struct book *book = *state;
    static const uint16_t routes[] = {1, 2, 3};
    book->limits.bus_words = book->limits.bus_bytes = 0;
    uint64_t number = begin(book, "news", "1", 0);
    hear(book, number, 0, routes, ARRAY_LEN(routes));
    assert_true(tally_is_full(book->tally));
    hear(book, number, 0, routes, ARRAY_LEN(routes));
    assert_false(tally_is_full(book->tally));
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, open_book, close_book)
    const struct CMUnitTest tests[] = {
        test(an_item_is_told_when_the_last_frontend_has_answered),
        test(items_under_way_are_not_mixed_up),
        test(a_number_that_a_publisher_waits_for_is_kept),
        test(each_route_is_told_once),
        test(it_is_full_while_more_than_bus_words_are_awaited),
        test(it_is_full_while_it_keeps_more_than_bus_bytes),
        test(nothing_is_kept_of_what_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
