/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>
#include <unistd.h>

#include "publisher/lines.h"

/* A pipe whose other end a test writes to. */
struct world {
    struct lines lines;
    int to;
};

static int begin(void **state)
{
    static struct world world;
    int ends[2];
    if (pipe(ends))
        return -1;
    lines_init(&world.lines, ends[0]);
    world.to = ends[1];
    *state = &world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    (void)close(world->lines.fd);
    if (world->to >= 0)
        (void)close(world->to);
    lines_done(&world->lines);
    return 0;
}

static void say(struct world *world, const char *text)
{
    char *why = NULL;
    assert_int_equal(write(world->to, text, strlen(text)), strlen(text));
    assert_true(lines_fill(&world->lines, &why));
}

static void hang_up(struct world *world)
{
    char *why = NULL;
    (void)close(world->to);
    world->to = -1;
    assert_true(lines_fill(&world->lines, &why));
    assert_true(world->lines.has_ended);
}

static void assert_next(struct world *world, const char *wanted)
{
    struct span line;
    assert_true(lines_next(&world->lines, &line));
    assert_true(span_equal(line, span_of(wanted)));
}

static void assert_none(struct world *world)
{
    struct span line;
    assert_false(lines_next(&world->lines, &line));
}

static void lines_come_whole_whatever_the_pieces(void **state)
{
    struct world *world = *state;
    assert_none(world);
    say(world, "one\ntw");
    assert_next(world, "one");
    assert_none(world);
    say(world, "o");
    assert_none(world);
    say(world, "\n\nthree\r\n");
    assert_next(world, "two");
    assert_next(world, "");
    assert_next(world, "three\r");
    assert_none(world);
    hang_up(world);
    assert_none(world);
}

static void the_last_line_may_do_without_its_end(void **state)
{
    struct world *world = *state;
    say(world, "one\ntwo");
    hang_up(world);
    assert_next(world, "one");
    assert_next(world, "two");
    assert_none(world);
}

static void a_line_without_end_is_a_fault(void **state)
{
    struct world *world = *state;
    static char piece[32768];
    char *why = NULL;
    memset(piece, 'x', sizeof(piece));
    bool is_fine = true;
    for (size_t sent = 0; is_fine && sent <= LINE_MOST_BYTES + sizeof(piece);
         sent += sizeof(piece)) {
        assert_int_equal(write(world->to, piece, sizeof(piece)), sizeof(piece));
        is_fine = lines_fill(&world->lines, &why);
        assert_none(world);
    }
    assert_false(is_fine);
    assert_non_null(strstr(why, "longer"));
    free(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_come_whole_whatever_the_pieces, begin, end),
        cmocka_unit_test_setup_teardown(the_last_line_may_do_without_its_end, begin, end),
        cmocka_unit_test_setup_teardown(a_line_without_end_is_a_fault, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
