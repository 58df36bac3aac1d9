/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "frontend/image.h"

#define assert_image(head, body, expected)                                                         \
    do {                                                                                           \
        struct image *image = image_new(SPAN(head), SPAN(body));                                   \
        assert_int_equal(image_bytes(image).len, sizeof(expected) - 1);                            \
        assert_memory_equal(image_bytes(image).at, expected, sizeof(expected) - 1);                \
        free(image);                                                                               \
    } while (0)

static void a_request_is_kept_as_it_came(void **state)
{
    (void)state;
    assert_image("GET /a?b HTTP/1.1\r\nHost: a:80\r\nX-A:  1 \r\n\r\n", "",
                 "GET /a?b HTTP/1.1\r\nHost: a:80\r\nX-A:  1 \r\n\r\n");
    assert_image("POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\n", "\0\r\n\xff",
                 "POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\n\0\r\n\xff");
}

static void a_target_that_reads_like_a_header_stays(void **state)
{
    (void)state;
    assert_image("GET expect:/a HTTP/1.1\r\nHost: a\r\n\r\n", "",
                 "GET expect:/a HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void expect_is_left_out_however_it_is_written(void **state)
{
    (void)state;
    assert_image("POST / HTTP/1.1\r\nExpect: 100-continue\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
                 "x", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    assert_image("POST / HTTP/1.1\r\nHost: a\r\neXPECT:\r\nExpected: 1\r\n\r\n", "",
                 "POST / HTTP/1.1\r\nHost: a\r\nExpected: 1\r\n\r\n");
}

static void a_chunked_body_gets_its_length(void **state)
{
    (void)state;
    assert_image("POST / HTTP/1.1\r\nTRANSFER-encoding: chunked\r\nHost: a\r\n\r\n", "hello",
                 "POST / HTTP/1.1\r\nContent-Length: 5\r\nHost: a\r\n\r\nhello");
    assert_image("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:chunked\r\n\r\n", "",
                 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_kept_as_it_came),
        cmocka_unit_test(a_target_that_reads_like_a_header_stays),
        cmocka_unit_test(expect_is_left_out_however_it_is_written),
        cmocka_unit_test(a_chunked_body_gets_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
