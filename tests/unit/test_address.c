/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/address.h"

static struct address read_good(const char *text, const char *host)
{
    struct address address;
    assert_null(address_read(&address, span_of(text), host));
    return address;
}

static void assert_reads_as(const char *text, const char *host, const char *expected)
{
    struct address address = read_good(text, host);
    assert_string_equal(address.text, expected);
}

static void assert_refused(const char *text, const char *part_of_sentence)
{
    struct address address;
    const char *why = address_read(&address, span_of(text), "127.0.0.1");
    assert_non_null(why);
    if (!strstr(why, part_of_sentence))
        fail_msg("%s: %s", text, why);
}

static void a_bare_port_is_on_the_host_that_the_caller_names(void **state)
{
    (void)state;
    assert_reads_as("7999", "127.0.0.1", "127.0.0.1:7999");
    assert_reads_as("7999", "*", "*:7999");
    assert_reads_as("7999", "::1", "[::1]:7999");
}

static void addresses_of_both_families_and_unix_sockets_are_read(void **state)
{
    (void)state;
    assert_reads_as("10.1.2.3:80", "*", "10.1.2.3:80");
    assert_reads_as("[2001:DB8::1]:80", "*", "[2001:db8::1]:80");
    assert_reads_as("*:0", "127.0.0.1", "*:0");
    assert_reads_as("localhost:80", "*", "127.0.0.1:80");
    assert_reads_as("unix:/run/x:1.sock", "*", "unix:/run/x:1.sock");
}

static void what_is_no_address_is_refused_with_a_sentence(void **state)
{
    (void)state;
    assert_refused("", "empty");
    assert_refused("65536", "port");
    assert_refused("80a", "port");
    assert_refused("-1", "port");
    assert_refused("127.0.0.1:", "port");
    assert_refused(":80", "before the colon");
    assert_refused("::1:80", "brackets");
    assert_refused("[127.0.0.1]:80", "brackets are for IPv6");
    assert_refused("[::1]", "brackets");
    assert_refused("example.com:80", "names are not looked up");
    assert_refused("an-address-longer-than-every-literal-of-both-families.example.com:80",
                   "literal");
    assert_refused("unix:", "path");

    char path[200] = "unix:";
    memset(path + 5, 'a', 108);
    assert_refused(path, "107");
}

static void only_loopback_and_unix_sockets_are_for_this_machine_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_loopback;
    } cases[] = {{"127.0.0.1:1", true}, {"127.9.9.9:1", true}, {"[::1]:1", true},
                 {"unix:/x", true},     {"0.0.0.0:1", false},  {"*:1", false},
                 {"[::]:1", false},     {"10.0.0.1:1", false}, {"128.0.0.1:1", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct address address = read_good(cases[i].text, "*");
        assert_int_equal(address_is_loopback(&address), cases[i].is_loopback);
    }
}

static void two_addresses_overlap_where_not_both_can_be_had(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool overlap;
    } cases[] = {{"127.0.0.1:80", "localhost:80", true},
                 {"127.0.0.1:80", "127.0.0.1:81", false},
                 {"127.0.0.1:80", "10.0.0.1:80", false},
                 {"[::1]:80", "127.0.0.1:80", false},
                 {"[::1]:80", "[0::1]:80", true},
                 {"[::1]:80", "[::2]:80", false},
                 {"*:80", "10.0.0.1:80", true},
                 {"*:80", "[::1]:80", true},
                 {"*:80", "*:81", false},
                 {"0.0.0.0:80", "10.0.0.1:80", true},
                 {"0.0.0.0:80", "[::1]:80", false},
                 {"0.0.0.0:80", "*:80", true},
                 {"127.0.0.1:0", "127.0.0.1:0", false},
                 {"unix:/a", "unix:/a", true},
                 {"unix:/a", "unix:/b", false},
                 {"unix:/a", "127.0.0.1:80", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct address one = read_good(cases[i].one, "*");
        struct address other = read_good(cases[i].other, "*");
        if (address_overlaps(&one, &other) != cases[i].overlap ||
            address_overlaps(&other, &one) != cases[i].overlap)
            fail_msg("%s and %s", cases[i].one, cases[i].other);
    }
}

static int bind_good(struct address *address, bool share)
{
    char *why = NULL;
    int fd = address_bind(address, share, &why);
    if (fd < 0)
        fail_msg("%s", why);
    return fd;
}

static void assert_bind_fails(struct address *address, bool share, const char *part_of_sentence)
{
    char *why = NULL;
    assert_int_equal(address_bind(address, share, &why), -1);
    if (!strstr(why, part_of_sentence))
        fail_msg("%s", why);
    free(why);
}

static void port_0_becomes_the_port_that_the_system_chose(void **state)
{
    (void)state;
    struct address address = read_good("127.0.0.1:0", "*");
    int fd = bind_good(&address, false);
    struct sockaddr_in bound;
    socklen_t len = sizeof(bound);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &len), 0);
    char expected[64];
    (void)snprintf(expected, sizeof(expected), "127.0.0.1:%u", ntohs(bound.sin_port));
    assert_string_equal(address.text, expected);
    assert_int_not_equal(ntohs(bound.sin_port), 0);
    close(fd);
}

/* The stranger shares as willingly as another holdfast would. */
static void a_port_that_another_program_has_is_an_error_even_if_it_would_share(void **state)
{
    (void)state;
    struct address theirs = read_good("127.0.0.1:0", "*");
    int first = bind_good(&theirs, true);
    int second = bind_good(&theirs, true);
    assert_int_equal(listen(first, 1), 0);
    assert_int_equal(listen(second, 1), 0);

    struct address ours = read_good(theirs.text, "*");
    assert_bind_fails(&ours, true, "another program");
    assert_bind_fails(&ours, false, theirs.text);
    close(first);
    close(second);
}

static int connect_to(const struct address *address)
{
    int fd = socket(address->sa.ss_family, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address->sa, address->len), 0);
    return fd;
}

static void shared_binds_of_one_port_divide_the_clients(void **state)
{
    (void)state;
    enum { CLIENTS = 64 };
    struct address address = read_good("127.0.0.1:0", "*");
    int first = bind_good(&address, true);
    int second = bind_good(&address, true);
    assert_int_equal(listen(first, CLIENTS), 0);
    assert_int_equal(listen(second, CLIENTS), 0);

    int clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_to(&address);
    int counts[2] = {0, 0};
    for (int i = 0; i < CLIENTS; i++) {
        int fd = accept(first, NULL, NULL);
        counts[fd < 0]++;
        if (fd < 0)
            fd = accept(second, NULL, NULL);
        assert_true(fd >= 0);
        close(fd);
        close(clients[i]);
    }
    assert_true(counts[0] > 0 && counts[1] > 0);
    close(first);
    close(second);
}

static void every_address_takes_clients_of_both_families(void **state)
{
    (void)state;
    struct address any = read_good("0", "*");
    int fd = bind_good(&any, true);
    assert_int_equal(listen(fd, 4), 0);
    const char *port = strrchr(any.text, ':') + 1;
    struct address v4 = read_good(port, "127.0.0.1");
    close(connect_to(&v4));
    if (any.sa.ss_family == AF_INET6) { /* else this machine has no IPv6 */
        struct address v6 = read_good(port, "::1");
        close(connect_to(&v6));
    }
    close(fd);
}

static void an_address_of_another_machine_is_an_error_that_says_so(void **state)
{
    (void)state;
    struct address address = read_good("192.0.2.1:0", "*");
    assert_bind_fails(&address, true, "no such address");
}

static void a_unix_socket_is_shared_by_duplicates_and_its_stale_file_replaced(void **state)
{
    (void)state;
    char dir[] = "/tmp/holdfast-address-XXXXXX";
    char text[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(text, sizeof(text), "unix:%s/s", dir);

    struct address gone = read_good(text, "*");
    close(bind_good(&gone, true)); /* its file stays */

    struct address ours = read_good(text, "*");
    int first = bind_good(&ours, true);
    int second = bind_good(&ours, true);
    assert_int_not_equal(first, second);
    assert_int_equal(listen(first, 4), 0);
    int client = connect_to(&ours);
    int taken = accept(second, NULL, NULL);
    assert_true(taken >= 0);

    struct address theirs = read_good(text, "*");
    assert_bind_fails(&theirs, true, "another program");
    close(taken);
    close(client);
    close(first);
    close(second);
    unlink(text + 5);
    rmdir(dir);
}

static void a_file_that_is_no_socket_is_never_replaced(void **state)
{
    (void)state;
    char path[] = "/tmp/holdfast-address-XXXXXX";
    char text[64];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    (void)snprintf(text, sizeof(text), "unix:%s", path);
    struct address address = read_good(text, "*");
    assert_bind_fails(&address, false, "no socket");
    struct stat there;
    assert_int_equal(stat(path, &there), 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_port_is_on_the_host_that_the_caller_names),
        cmocka_unit_test(addresses_of_both_families_and_unix_sockets_are_read),
        cmocka_unit_test(what_is_no_address_is_refused_with_a_sentence),
        cmocka_unit_test(only_loopback_and_unix_sockets_are_for_this_machine_alone),
        cmocka_unit_test(two_addresses_overlap_where_not_both_can_be_had),
        cmocka_unit_test(port_0_becomes_the_port_that_the_system_chose),
        cmocka_unit_test(a_port_that_another_program_has_is_an_error_even_if_it_would_share),
        cmocka_unit_test(shared_binds_of_one_port_divide_the_clients),
        cmocka_unit_test(every_address_takes_clients_of_both_families),
        cmocka_unit_test(an_address_of_another_machine_is_an_error_that_says_so),
        cmocka_unit_test(a_unix_socket_is_shared_by_duplicates_and_its_stale_file_replaced),
        cmocka_unit_test(a_file_that_is_no_socket_is_never_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
