/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets to an origin under TLS, where bytes may be where epoll can't see them.
 */
#include "tests/unit/pipe_world.h"
#include "tests/unit/tls_peer.h"

enum { LARGE = 3 << 20 };

static struct target tls_target(const struct world *world)
{
    struct target target = world->target;
    target.ssl = true;
    target.insecure = true;
    return target;
}

/* Opens a pipe to `target`. Returns: the origin's end of it. */
static SSL *open_tls(struct world *world, SSL_CTX *context, const struct target *target,
                     struct owner *owner)
{
    struct ask ask = ask_upgrade(world);
    ask.targets = target;
    open_pipe_by(world, &ask, owner);
    SSL *ssl = accept_tls(world, context);
    assert_non_null(ssl);
    char request[4096];
    hear_tls(world, ssl, request, sizeof(request));
    say_tls(ssl, switching(request, ""));
    run_until(world, &owner->heads);
    assert_int_equal(owner->status, 101);
    return ssl;
}

static void say_all_tls(struct world *world, SSL *ssl, const char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t step = len - at < 50000 ? len - at : 50000;
        int sent = SSL_write(ssl, bytes + at, (int)step);
        if (sent > 0)
            at += (size_t)sent;
        else
            assert_true(goes_on(world, ssl, sent));
    }
}

static void hear_all_tls(struct world *world, SSL *ssl, const char *expected, size_t len)
{
    char piece[16384];
    size_t at = 0;
    while (at < len) {
        int got = SSL_read(ssl, piece, sizeof(piece));
        if (got <= 0) {
            assert_true(goes_on(world, ssl, got));
            continue;
        }
        assert_memory_equal(piece, expected + at, (size_t)got);
        at += (size_t)got;
    }
}

static void large_messages_go_both_ways(void **state)
{
    struct world *world = *state;
    SSL_CTX *context = self_signed();
    struct target target = tls_target(world);
    struct owner owner = {0};
    char *bytes = pattern(LARGE);
    SSL *ssl = open_tls(world, context, &target, &owner);
    for (size_t at = 0; at < LARGE; at += LARGE / 64) { /* the queue grows while it is blocked */
        origin_pipe_send(owner.pipe, span(bytes + at, LARGE / 64));
        turn(world, 0);
    }
    hear_all_tls(world, ssl, bytes, LARGE);
    turn(world, 0);
    assert_int_equal(origin_pipe_queued(owner.pipe), 0);
    say_all_tls(world, ssl, bytes, LARGE);
    run_until_bytes(world, &owner, LARGE);
    assert_memory_equal(owner.bytes.bytes, bytes, LARGE);
    origin_pipe_close(owner.pipe);
    turn(world, 0);
    char byte;
    assert_true(SSL_read(ssl, &byte, 1) <= 0);
    free(bytes);
    SSL_free(ssl);
    SSL_CTX_free(context);
    owner_done(&owner);
}

static void what_tls_holds_back_comes_after_a_resume(void **state)
{
    struct world *world = *state;
    SSL_CTX *context = self_signed();
    struct target target = tls_target(world);
    struct owner owner = {0};
    char *bytes = pattern(100000);
    SSL *ssl = open_tls(world, context, &target, &owner);
    owner.pauses = true;
    say_all_tls(world, ssl, bytes, 100000);
    for (unsigned pieces = 1; owner.bytes.len < 100000; pieces++) {
        run_until_at_least(world, &owner.pieces, pieces);
        for (int i = 0; i < 3; i++)
            turn(world, 1);
        assert_int_equal(owner.pieces, pieces);
        origin_pipe_resume(owner.pipe);
    }
    assert_memory_equal(owner.bytes.bytes, bytes, 100000);
    SSL_shutdown(ssl);
    hang_up(world, SSL_get_fd(ssl));
    run_until(world, &owner.ends);
    assert_int_equal(owner.reason, REASON_NONE);
    free(bytes);
    SSL_free(ssl);
    SSL_CTX_free(context);
    owner_done(&owner);
}

static void pipes_do_not_see_each_others_bytes(void **state)
{
    struct world *world = *state;
    SSL_CTX *context = self_signed();
    struct target target = tls_target(world);
    enum { SOME = 5 };
    struct owner owners[SOME] = {{0}};
    SSL *ssl[SOME];
    for (int i = 0; i < SOME; i++)
        ssl[i] = open_tls(world, context, &target, &owners[i]);
    for (int i = SOME - 1; i >= 0; i--) {
        char name[2] = {(char)('a' + i), '\0'};
        origin_pipe_send(owners[i].pipe, span_of(name));
        hear_all_tls(world, ssl[i], name, 1);
        say_tls(ssl[i], name);
        run_until_bytes(world, &owners[i], 1);
        assert_string_equal(text_of(&owners[i].bytes), name);
    }
    for (int i = 0; i < SOME; i++) {
        origin_pipe_close(owners[i].pipe);
        SSL_free(ssl[i]);
        owner_done(&owners[i]);
    }
    SSL_CTX_free(context);
}

static void a_certificate_nobody_vouches_for_moves_on_to_the_next_target(void **state)
{
    struct world *world = *state;
    SSL_CTX *context = self_signed();
    struct target targets[] = {tls_target(world), world->target};
    targets[0].insecure = false;
    targets[0].host = "localhost";
    struct ask ask = ask_upgrade(world);
    ask.targets = targets;
    ask.target_count = 2;
    struct owner owner = {0};
    open_pipe_by(world, &ask, &owner);
    SSL *ssl = accept_tls(world, context);
    if (ssl) { /* the server's side may be through before the client looks at its certificate */
        char byte;
        int got;
        while ((got = SSL_read(ssl, &byte, 1)) <= 0 && goes_on(world, ssl, got))
            ;
        assert_true(got <= 0); /* nothing was sent */
        SSL_free(ssl);
    }
    (void)accept_upgrade(world, &owner);
    origin_pipe_close(owner.pipe);
    SSL_CTX_free(context);
    owner_done(&owner);
}

static void closing_while_tls_shakes_hands_is_safe(void **state)
{
    struct world *world = *state;
    struct target target = tls_target(world);
    struct owner owner = {0};
    struct ask ask = ask_upgrade(world);
    ask.targets = &target;
    open_pipe_by(world, &ask, &owner);
    int peer = accept_peer(world);
    char hello;
    run_until_ready(world, peer, POLLIN);
    assert_int_equal(recv(peer, &hello, 1, 0), 1);
    origin_pipe_close(owner.pipe);
    hear_end(world, peer);
    assert_int_equal(owner.ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(large_messages_go_both_ways),
        WORLD_TEST(what_tls_holds_back_comes_after_a_resume),
        WORLD_TEST(pipes_do_not_see_each_others_bytes),
        WORLD_TEST(a_certificate_nobody_vouches_for_moves_on_to_the_next_target),
        WORLD_TEST(closing_while_tls_shakes_hands_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
