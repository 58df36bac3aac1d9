/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tls_peer.h"

#include <fcntl.h>
#include <signal.h>

#include "common/loop.h"
#include "frontend/tls.h"

/* A connection: our end is h2o's first, the other is a client of this test. */
struct pair {
    struct loop *loop;
    h2o_socket_t *socket; /* while it is h2o's */
    struct tls *tls;      /* while it is ours */
    int fd;
    SSL_CTX *server, *client;
    SSL *far;
    int far_fd;
    bool is_shaken; /* h2o has completed the handshake */
};

static void on_handshake(h2o_socket_t *socket, const char *error)
{
    assert_null(error);
    ((struct pair *)socket->data)->is_shaken = true;
}

static uint64_t one_turn(void *context, uint64_t now_ms)
{
    (void)now_ms;
    loop_stop(((struct pair *)context)->loop);
    return 0;
}

static void turn_pair(struct pair *pair)
{
    loop_run(pair->loop, one_turn, pair);
}

static void open_pair(struct pair *pair)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    pair->loop = loop_new();
    pair->server = self_signed();
    (void)SSL_CTX_set_mode(pair->server, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    pair->client = SSL_CTX_new(TLS_client_method());
    pair->socket = h2o_evloop_socket_create(loop_h2o(pair->loop), fds[0], 0);
    pair->socket->data = pair;
    pair->far_fd = fds[1];
    pair->far = SSL_new(pair->client);
    (void)SSL_set_fd(pair->far, pair->far_fd);
    h2o_socket_ssl_handshake(pair->socket, pair->server, NULL, on_handshake);
    int turns = 0;
    while (SSL_connect(pair->far) != 1 || !pair->is_shaken) {
        assert_true(turns++ < 100);
        turn_pair(pair);
    }
}

/* As raw.c does it. */
static void leave(struct pair *pair)
{
    pair->fd = fcntl(h2o_socket_get_fd(pair->socket), F_DUPFD_CLOEXEC, 0);
    pair->tls = tls_leave(pair->socket, pair->fd);
    assert_null(pair->socket->ssl);
    h2o_socket_close(pair->socket);
}

static void close_pair(struct pair *pair)
{
    if (pair->tls)
        tls_free(pair->tls, pair->fd);
    SSL_free(pair->far);
    SSL_CTX_free(pair->client);
    SSL_CTX_free(pair->server);
    loop_free(pair->loop);
    close(pair->far_fd);
}

static void far_hears(struct pair *pair, const char *expected)
{
    char got[256];
    int len = SSL_read(pair->far, got, sizeof(got));
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(got, expected, strlen(expected));
}

static ssize_t send_text(struct pair *pair, const char *one, const char *other)
{
    struct iovec pieces[] = {{unconst(one), strlen(one)}, {unconst(other), strlen(other)}};
    return tls_send(pair->tls, pieces, *other ? 2 : 1);
}

static void what_is_said_after_leaving_h2o_is_understood(void **state)
{
    (void)state;
    struct pair pair = {0};
    char got[TLS_RECORD_BYTES];
    open_pair(&pair);
    leave(&pair);
    assert_int_equal(send_text(&pair, "one ", ""), 4);
    assert_int_equal(send_text(&pair, "two ", "three"), 9);
    far_hears(&pair, "one ");
    far_hears(&pair, "two three"); /* one record */
    assert_int_equal(tls_receive(pair.tls, got, sizeof(got)), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(SSL_write(pair.far, "heard", 5), 5);
    assert_int_equal(tls_receive(pair.tls, got, sizeof(got)), 5);
    assert_memory_equal(got, "heard", 5);
    close_pair(&pair);
}

static void nothing_is_lost_or_said_twice_while_the_client_takes_nothing(void **state)
{
    (void)state;
    enum { TOTAL = 4 << 20 };
    struct pair pair = {0};
    char *bytes = malloc(TOTAL), *got = malloc(TOTAL);
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    open_pair(&pair);
    leave(&pair);
    size_t sent = 0, heard = 0;
    unsigned refusals = 0;
    while (heard < TOTAL) {
        size_t left = TOTAL - sent, half = left < 700 ? left : 700;
        struct iovec pieces[] = {{bytes + sent, half}, {bytes + sent + half, left - half}};
        ssize_t now = left ? tls_send(pair.tls, pieces, left > half ? 2 : 1) : 0;
        assert_true(now >= 0);
        sent += (size_t)now;
        if (now > 0)
            continue;
        refusals++;
        for (int len; (len = SSL_read(pair.far, got + heard, (int)(TOTAL - heard))) > 0;)
            heard += (size_t)len;
    }
    assert_int_equal(sent, TOTAL);
    assert_true(refusals > 1);
    assert_memory_equal(got, bytes, TOTAL);
    free(bytes);
    free(got);
    close_pair(&pair);
}

static void on_read(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    assert_null(error);
}

static void it_goes_back_to_h2o_and_on(void **state)
{
    (void)state;
    struct pair pair = {0};
    open_pair(&pair);
    leave(&pair);
    assert_int_equal(send_text(&pair, "ours", ""), 4);
    h2o_socket_t *socket = tls_return(pair.tls, pair.fd, loop_h2o(pair.loop));
    pair.tls = NULL;
    far_hears(&pair, "ours");
    assert_int_equal(SSL_write(pair.far, "next", 4), 4);
    h2o_socket_read_start(socket, on_read);
    for (int turns = 0; socket->input->size < 4; turns++) {
        assert_true(turns < 100);
        turn_pair(&pair);
    }
    assert_memory_equal(socket->input->bytes, "next", 4);
    h2o_socket_close(socket);
    turn_pair(&pair);
    close_pair(&pair);
}

static void only_a_concluded_connection_says_that_it_ends(void **state)
{
    (void)state;
    for (int is_concluded = 0; is_concluded < 2; is_concluded++) {
        struct pair pair = {0};
        char got[8];
        open_pair(&pair);
        leave(&pair);
        if (is_concluded)
            tls_conclude(pair.tls);
        tls_free(pair.tls, pair.fd);
        pair.tls = NULL;
        int len = SSL_read(pair.far, got, sizeof(got));
        int why = SSL_get_error(pair.far, len);
        assert_int_equal(why == SSL_ERROR_ZERO_RETURN, is_concluded);
        close_pair(&pair);
    }
}

static void a_client_that_says_goodbye_has_ended(void **state)
{
    (void)state;
    struct pair pair = {0};
    char got[TLS_RECORD_BYTES];
    open_pair(&pair);
    leave(&pair);
    (void)SSL_shutdown(pair.far);
    assert_int_equal(tls_receive(pair.tls, got, sizeof(got)), 0);
    close_pair(&pair);
}

static void bytes_that_are_no_record_end_it(void **state)
{
    (void)state;
    struct pair pair = {0};
    char got[TLS_RECORD_BYTES];
    open_pair(&pair);
    leave(&pair);
    assert_int_equal(send(pair.far_fd, "GET / HTTP/1.1\r\n", 16, 0), 16);
    assert_int_equal(tls_receive(pair.tls, got, sizeof(got)), -1);
    assert_int_equal(errno, ECONNRESET);
    close_pair(&pair);
}

/* Else a client that renews its keys without end would keep the thread. */
static void records_that_carry_nothing_are_read_a_few_at_a_time(void **state)
{
    (void)state;
    struct pair pair = {0};
    char got[TLS_RECORD_BYTES];
    open_pair(&pair);
    leave(&pair);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(SSL_key_update(pair.far, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(pair.far), 1);
    }
    assert_int_equal(SSL_write(pair.far, "heard", 5), 5);
    int calls = 1;
    for (; tls_receive(pair.tls, got, sizeof(got)) != 5; calls++) {
        assert_int_equal(errno, EAGAIN);
        assert_true(calls < 100);
    }
    assert_true(calls > 10);
    assert_memory_equal(got, "heard", 5);
    close_pair(&pair);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN); /* as main() does */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_after_leaving_h2o_is_understood),
        cmocka_unit_test(nothing_is_lost_or_said_twice_while_the_client_takes_nothing),
        cmocka_unit_test(it_goes_back_to_h2o_and_on),
        cmocka_unit_test(only_a_concluded_connection_says_that_it_ends),
        cmocka_unit_test(a_client_that_says_goodbye_has_ended),
        cmocka_unit_test(bytes_that_are_no_record_end_it),
        cmocka_unit_test(records_that_carry_nothing_are_read_a_few_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
