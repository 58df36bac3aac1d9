/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "common/cidr.h"

static bool holds(const char *block, const char *peer)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    assert_null(cidr_check(block));
    if (inet_pton(AF_INET, peer, &v4.sin_addr) == 1)
        return cidr_contains(&block, 1, (struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, peer, &v6.sin6_addr), 1);
    return cidr_contains(&block, 1, (struct sockaddr *)&v6);
}

static void a_block_holds_what_shares_its_leading_bits(void **state)
{
    (void)state;
    assert_true(holds("10.0.0.0/8", "10.255.1.2"));
    assert_false(holds("10.0.0.0/8", "11.0.0.0"));
    assert_true(holds("192.168.4.0/22", "192.168.7.255"));
    assert_false(holds("192.168.4.0/22", "192.168.8.0"));
    assert_true(holds("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(holds("2001:db8::/33", "2001:db8:8000::1"));
}

static void a_lone_address_holds_only_itself(void **state)
{
    (void)state;
    assert_true(holds("192.0.2.7", "192.0.2.7"));
    assert_false(holds("192.0.2.7", "192.0.2.6"));
    assert_true(holds("::1/128", "::1"));
    assert_false(holds("::1", "::2"));
}

static void a_length_of_0_holds_its_whole_family_and_no_other(void **state)
{
    (void)state;
    assert_true(holds("0.0.0.0/0", "255.1.2.3"));
    assert_false(holds("0.0.0.0/0", "2001::1"));
    assert_true(holds("::/0", "2001::1"));
    assert_false(holds("::/0", "1.2.3.4"));
}

static void an_ipv4_peer_of_a_listener_for_both_families_is_an_ipv4_peer(void **state)
{
    (void)state;
    assert_true(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_false(holds("10.0.0.0/8", "::ffff:11.1.2.3"));
}

static void unix_peers_are_held_by_the_block_unix_alone(void **state)
{
    (void)state;
    struct sockaddr_un peer = {.sun_family = AF_UNIX};
    const char *const blocks[] = {"0.0.0.0/0", "::/0", "unix:"};
    assert_false(cidr_contains(blocks, 2, (struct sockaddr *)&peer));
    assert_true(cidr_contains(blocks, 3, (struct sockaddr *)&peer));
    assert_false(holds("unix:", "127.0.0.1"));
}

static void no_block_holds_nobody(void **state)
{
    (void)state;
    struct sockaddr_in peer = {.sin_family = AF_INET};
    assert_false(cidr_contains(NULL, 0, (struct sockaddr *)&peer));
}

static void what_is_no_block_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "::/129",
                                      "10.0.0/8",
                                      "10.0.0.0/8/8",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/ 8",
                                      "host",
                                      "/8"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_non_null(cidr_check(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_holds_what_shares_its_leading_bits),
        cmocka_unit_test(a_lone_address_holds_only_itself),
        cmocka_unit_test(a_length_of_0_holds_its_whole_family_and_no_other),
        cmocka_unit_test(an_ipv4_peer_of_a_listener_for_both_families_is_an_ipv4_peer),
        cmocka_unit_test(unix_peers_are_held_by_the_block_unix_alone),
        cmocka_unit_test(no_block_holds_nobody),
        cmocka_unit_test(what_is_no_block_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
