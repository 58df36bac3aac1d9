/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "publisher/post.h"

/* Exchanges themselves are tested against servers, in tests/integration. */

static void a_status_decides_whatever_came_after(void **state)
{
    (void)state;
    static const struct {
        long status;
        enum post_outcome outcome;
    } cases[] = {
        {200, POST_TAKEN},     {204, POST_TAKEN},     {299, POST_TAKEN},   {301, POST_REFUSED},
        {400, POST_REFUSED},   {401, POST_REFUSED},   {404, POST_REFUSED}, {408, POST_UNCLEAR},
        {413, POST_REFUSED},   {429, POST_NOT_TAKEN}, {500, POST_UNCLEAR}, {502, POST_UNCLEAR},
        {503, POST_NOT_TAKEN}, {504, POST_UNCLEAR},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(post_judge(cases[i].status, CURLE_OK, true), cases[i].outcome);
        assert_int_equal(post_judge(cases[i].status, CURLE_PARTIAL_FILE, true), cases[i].outcome);
    }
}

static void without_a_status_it_matters_whether_anything_was_sent(void **state)
{
    (void)state;
    static const CURLcode codes[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
                                     CURLE_OPERATION_TIMEDOUT,   CURLE_SEND_ERROR,
                                     CURLE_RECV_ERROR,           CURLE_GOT_NOTHING};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        assert_int_equal(post_judge(0, codes[i], false), POST_NOT_TAKEN);
        assert_int_equal(post_judge(0, codes[i], true), POST_UNCLEAR);
        assert_int_equal(post_judge(100, codes[i], true), POST_UNCLEAR);
    }
}

static void what_stays_wrong_is_not_tried_again(void **state)
{
    (void)state;
    assert_int_equal(post_judge(0, CURLE_PEER_FAILED_VERIFICATION, false), POST_REFUSED);
    assert_int_equal(post_judge(0, CURLE_SSL_CACERT_BADFILE, false), POST_REFUSED);
    assert_int_equal(post_judge(0, CURLE_UNSUPPORTED_PROTOCOL, false), POST_REFUSED);
}

/* libcurl's name for a reply that is none is that for a URL it cannot use. */
static void what_was_sent_is_unclear_whatever_nonsense_came_back(void **state)
{
    (void)state;
    assert_int_equal(post_judge(0, CURLE_UNSUPPORTED_PROTOCOL, true), POST_UNCLEAR);
    assert_int_equal(post_judge(0, CURLE_PEER_FAILED_VERIFICATION, true), POST_UNCLEAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_decides_whatever_came_after),
        cmocka_unit_test(without_a_status_it_matters_whether_anything_was_sent),
        cmocka_unit_test(what_stays_wrong_is_not_tried_again),
        cmocka_unit_test(what_was_sent_is_unclear_whatever_nonsense_came_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
