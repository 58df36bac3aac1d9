/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS to origins: which name is asked for, and that no certificate is taken on trust.
 */
#include "tests/unit/tls_peer.h"

#include "common/mem.h"

/* Asks `target` twice, over one connection, and wants to be asked for `name` (or none). */
static void assert_asks_for(struct world *world, const struct target *target, const char *name)
{
    SSL_CTX *context = self_signed();
    SSL *ssl = NULL;
    for (int i = 0; i < 2; i++) {
        struct seen seen = {0};
        struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
        ask.targets = target;
        start(world, &ask, &seen);
        if (!ssl)
            ssl = accept_tls(world, context);
        assert_non_null(ssl);
        const char *asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        assert_string_equal(asked ? asked : "none", name);
        char request[4096];
        hear_tls(world, ssl, request, sizeof(request));
        char *told = mem_printf("GET / HTTP/1.1\r\nHost: %s\r\n\r\n",
                                target->host_header ? target->host_header : "example.com");
        assert_string_equal(request, told);
        free(told);
        say_tls(ssl, ANSWER("2", "ok"));
        run_until(world, &seen.ends);
        assert_int_equal(seen.reason, REASON_NONE);
        assert_string_equal(body_of(&seen), "ok");
        seen_done(&seen);
    }
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    hang_up(world, fd);
    SSL_CTX_free(context);
}

static void the_name_asked_for_follows_the_target(void **state)
{
    struct world *world = *state;
    struct target target = world->target;
    target.ssl = true;
    target.insecure = true;
    assert_asks_for(world, &target, "none"); /* an address has no name */
    target.host = "localhost";
    assert_asks_for(world, &target, "localhost");
    target.host_header = "api.example:8443";
    assert_asks_for(world, &target, "api.example");
    target.host = "127.0.0.1";
    assert_asks_for(world, &target, "api.example");
    target.trust_connect_host = true;
    assert_asks_for(world, &target, "none");
    target.host = "localhost";
    assert_asks_for(world, &target, "localhost");
}

static void a_certificate_nobody_vouches_for_moves_on_to_the_next_target(void **state)
{
    struct world *world = *state;
    SSL_CTX *context = self_signed();
    struct target targets[] = {world->target, world->target};
    targets[0].host = "localhost";
    targets[0].ssl = true;
    struct ask ask = ask_for(world, SPAN("POST"), SPAN("/"));
    ask.targets = targets;
    ask.target_count = 2;
    struct seen seen = {0};
    start(world, &ask, &seen);
    SSL *ssl = accept_tls(world, context);
    if (ssl) { /* the server's side may be through before the client looks at its certificate */
        char byte;
        int got;
        while ((got = SSL_read(ssl, &byte, 1)) <= 0 && goes_on(world, ssl, got))
            ;
        assert_true(got <= 0); /* nothing was sent */
        SSL_free(ssl);
    }
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, ANSWER("2", "ok"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    assert_int_equal(stats_read(&world->stats, STAT_origin_requests), 1);
    SSL_CTX_free(context);
    seen_done(&seen);
}

static void an_insecure_connection_is_not_lent_to_who_verifies(void **state)
{
    struct world *world = *state;
    SSL_CTX *context = self_signed();
    struct target target = world->target;
    target.host = "localhost";
    target.ssl = true;
    target.insecure = true;
    struct seen seen = {0}, strict = {0};
    struct ask ask = ask_for(world, SPAN("GET"), SPAN("/"));
    ask.targets = &target;
    start(world, &ask, &seen);
    SSL *ssl = accept_tls(world, context);
    char request[4096];
    hear_tls(world, ssl, request, sizeof(request));
    say_tls(ssl, ANSWER("2", "ok"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);

    struct target verified = target;
    verified.insecure = false;
    ask.targets = &verified;
    start(world, &ask, &strict);
    SSL_free(accept_tls(world, context));
    run_until(world, &strict.ends);
    assert_int_equal(strict.reason, REASON_ORIGIN_UNREACHABLE);
    SSL_free(ssl);
    SSL_CTX_free(context);
    seen_done(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_name_asked_for_follows_the_target),
        WORLD_TEST(a_certificate_nobody_vouches_for_moves_on_to_the_next_target),
        WORLD_TEST(an_insecure_connection_is_not_lent_to_who_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
