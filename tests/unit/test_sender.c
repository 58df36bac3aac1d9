/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "publisher/sender.h"

/* How requests come and go is tested against servers, in tests/integration. */

static const struct publication hello = {.channel = SPAN_INIT("c"), .content = SPAN_INIT("hello")};

static int begin(void **state)
{
    (void)state;
    return curl_global_init(CURL_GLOBAL_ALL);
}

static int end(void **state)
{
    (void)state;
    curl_global_cleanup();
    return 0;
}

/* A port that is taken and on which nobody listens: connections are refused.
 * Returns: its URL; caller frees and closes `*fd`. */
static char *dead_url(int *fd)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(here);
    *fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&here, len), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&here, &len), 0);
    return mem_printf("http://127.0.0.1:%u?key=s3cret", ntohs(here.sin_port));
}

static void without_a_server_there_is_no_room(void **state)
{
    (void)state;
    struct sender_rules rules = sender_usual();
    struct sender *sender = sender_new(&rules);
    char *why = NULL;
    assert_false(sender_has_room(sender));
    assert_false(sender_put(sender, &hello, &why));
    assert_non_null(why);
    assert_int_equal(sender_state(sender), SENDER_TAKEN);
    free(why);
    sender_free(sender);
}

static void a_server_is_added_before_the_first_message(void **state)
{
    (void)state;
    struct sender_rules rules = sender_usual();
    struct sender *sender = sender_new(&rules);
    char *why = NULL;
    assert_false(sender_add(sender, "nonsense", &why));
    free(why);
    why = NULL;
    assert_true(sender_add(sender, "http://127.0.0.1:1", &why));
    assert_true(sender_put(sender, &hello, &why));
    assert_false(sender_add(sender, "http://127.0.0.1:1", &why));
    assert_non_null(strstr(why, "before"));
    free(why);
    sender_free(sender);
}

static void a_proxy_that_is_none_is_not_repeated(void **state)
{
    (void)state;
    struct sender_rules rules = sender_usual();
    rules.post.proxy = "bogus://ann:s3cret@127.0.0.1:1";
    struct sender *sender = sender_new(&rules);
    char *why = NULL;
    assert_false(sender_add(sender, "http://127.0.0.1:1", &why));
    assert_non_null(strstr(why, "proxy"));
    assert_null(strstr(why, "s3cret"));
    free(why);
    sender_free(sender);
}

static void what_cannot_be_said_is_not_put_in(void **state)
{
    (void)state;
    struct sender_rules rules = sender_usual();
    struct sender *sender = sender_new(&rules);
    char *why = NULL;
    assert_true(sender_add(sender, "http://127.0.0.1:1", &why));
    assert_false(sender_put(sender, &(struct publication){.channel = SPAN("\xff")}, &why));
    assert_non_null(strstr(why, "UTF-8"));
    assert_int_equal(sender_state(sender), SENDER_TAKEN);
    free(why);
    sender_free(sender);
}

static void keep(void *context, const char *why)
{
    char **kept = context;
    assert_null(*kept);
    *kept = mem_copy(why, strlen(why));
}

static void a_server_that_nobody_finds_is_told_of_once(void **state)
{
    (void)state;
    int fd;
    char *url = dead_url(&fd);
    struct sender_rules rules = sender_usual();
    rules.patience_ms = 300;
    struct sender *sender = sender_new(&rules);
    char *why = NULL;
    assert_true(sender_add(sender, url, &why));
    assert_true(sender_put(sender, &hello, &why));
    assert_int_equal(sender_flush(sender, 60000), SENDER_SILENT);
    assert_false(sender_has_room(sender));
    assert_int_equal(sender_taken(sender), 0);
    sender_tell_ends(sender, keep, &why);
    sender_tell_ends(sender, keep, &why);
    assert_non_null(strstr(why, "did not take message 1"));
    assert_null(strstr(why, "s3cret"));
    free(why);
    sender_free(sender);
    free(url);
    (void)close(fd);
}

static void a_flush_waits_no_longer_than_told(void **state)
{
    (void)state;
    int fd;
    char *url = dead_url(&fd);
    assert_int_equal(listen(fd, 1), 0); /* connects, and never answers */
    struct sender_rules rules = sender_usual();
    struct sender *sender = sender_new(&rules);
    char *why = NULL;
    assert_true(sender_add(sender, url, &why));
    assert_true(sender_put(sender, &hello, &why));
    uint64_t begun_ms = clock_monotonic_ms();
    assert_int_equal(sender_flush(sender, 50), SENDER_BUSY);
    assert_true(clock_monotonic_ms() - begun_ms < rules.attempt_ms);
    sender_free(sender);
    free(url);
    (void)close(fd);
}

static void a_turn_says_whether_there_is_something_to_read(void **state)
{
    (void)state;
    struct sender_rules rules = sender_usual();
    struct sender *sender = sender_new(&rules);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_false(sender_turn(sender, ends[0], 0));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(sender_turn(sender, ends[0], 60000));
    (void)close(ends[0]);
    (void)close(ends[1]);
    sender_free(sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_server_there_is_no_room),
        cmocka_unit_test(a_server_is_added_before_the_first_message),
        cmocka_unit_test(a_proxy_that_is_none_is_not_repeated),
        cmocka_unit_test(what_cannot_be_said_is_not_put_in),
        cmocka_unit_test(a_server_that_nobody_finds_is_told_of_once),
        cmocka_unit_test(a_flush_waits_no_longer_than_told),
        cmocka_unit_test(a_turn_says_whether_there_is_something_to_read),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
