/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is believed of h2o's struct is true of the h2o at hand.
 */
#include "tests/unit/tls_peer.h"

#include <openssl/err.h>

#include "common/loop.h"
#include "common/tlssocket.h"

struct pair {
    struct loop *loop;
    h2o_socket_t *near;
    SSL_CTX *server, *client;
    SSL *far;
    int far_fd;
    int outcome; /* of h2o's handshake: 1 good, -1 bad, 0 none yet */
};

static void on_handshake(h2o_socket_t *socket, const char *error)
{
    struct pair *pair = socket->data;
    pair->outcome = error ? -1 : 1;
    if (error)
        tlssocket_flush(socket);
}

static void on_read(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    assert_null(error);
}

static uint64_t one_turn(void *context, uint64_t now_ms)
{
    (void)now_ms;
    loop_stop(((struct pair *)context)->loop);
    return 0;
}

static void open_pair(struct pair *pair, int verify_mode)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    *pair = (struct pair){.loop = loop_new(), .server = self_signed(), .far_fd = fds[1]};
    SSL_CTX_set_verify(pair->server, verify_mode, NULL);
    pair->client = SSL_CTX_new(TLS_client_method());
    pair->far = SSL_new(pair->client);
    (void)SSL_set_fd(pair->far, pair->far_fd);
    pair->near = h2o_evloop_socket_create(loop_h2o(pair->loop), fds[0], 0);
    pair->near->data = pair;
    h2o_socket_ssl_handshake(pair->near, pair->server, NULL, on_handshake);
    for (int turns = 0; !pair->outcome; turns++) {
        assert_true(turns < 100);
        (void)SSL_connect(pair->far);
        loop_run(pair->loop, one_turn, pair);
    }
}

static void close_pair(struct pair *pair)
{
    h2o_socket_close(pair->near);
    loop_run(pair->loop, one_turn, pair);
    SSL_free(pair->far);
    SSL_CTX_free(pair->client);
    SSL_CTX_free(pair->server);
    loop_free(pair->loop);
    close(pair->far_fd);
}

static void a_part_of_a_record_is_seen(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, SSL_VERIFY_NONE);
    assert_int_equal(pair.outcome, 1);
    BIO *record = BIO_new(BIO_s_mem());
    char *bytes;
    SSL_set0_wbio(pair.far, record);
    assert_int_equal(SSL_write(pair.far, "hello", 5), 5);
    long len = BIO_get_mem_data(record, &bytes);

    h2o_socket_read_start(pair.near, on_read);
    assert_false(tlssocket_is_amid_record(pair.near));
    assert_int_equal(send(pair.far_fd, bytes, 10, 0), 10);
    loop_run(pair.loop, one_turn, &pair);
    assert_int_equal(pair.near->input->size, 0);
    assert_true(tlssocket_is_amid_record(pair.near));
    assert_int_equal(send(pair.far_fd, bytes + 10, (size_t)len - 10, 0), len - 10);
    loop_run(pair.loop, one_turn, &pair);
    assert_int_equal(pair.near->input->size, 5);
    assert_false(tlssocket_is_amid_record(pair.near));
    close_pair(&pair);
}

static void the_alert_of_a_failed_handshake_arrives(void **state)
{
    (void)state;
    struct pair pair;
    char byte;
    open_pair(&pair, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    assert_int_equal(pair.outcome, -1);
    assert_true(SSL_read(pair.far, &byte, 1) <= 0);
    assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
                     SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_REQUIRED);
    close_pair(&pair);
}

static void without_tls_there_is_nothing_to_know(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    struct loop *loop = loop_new();
    h2o_socket_t *plain = h2o_evloop_socket_create(loop_h2o(loop), fds[0], 0);
    assert_false(tlssocket_is_amid_record(plain));
    assert_null(tlssocket_peer(plain));
    h2o_socket_close(plain);
    loop_free(loop);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_of_a_record_is_seen),
        cmocka_unit_test(the_alert_of_a_failed_handshake_arrives),
        cmocka_unit_test(without_tls_there_is_nothing_to_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
