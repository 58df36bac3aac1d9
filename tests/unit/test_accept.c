/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections over TLS whose last words find no room. Their sockets are Unix sockets, in which
 * equal writes fill the same room each time.
 */
#include "tests/unit/tls_peer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "common/certificate.h"
#include "common/tlscontext.h"
#include "frontend/accept.h"
#include "tests/support/h2sent.h"

static struct {
    struct loop *loop;
    struct engine *engine;
    struct stats stats;
    struct limits limits;
    struct address address;
    struct sockaddr_un where;
    SSL_CTX *signed_by_itself, *server, *client;
    struct doors *doors;
} all;

static void on_request(void *context, h2o_req_t *request)
{
    (void)context, (void)request;
    fail();
}

static uint64_t one_turn(void *context, uint64_t now_ms)
{
    (void)context;
    (void)doors_turn(all.doors, now_ms);
    loop_stop(all.loop);
    return 0;
}

static void turn_some(int turns)
{
    for (int i = 0; i < turns; i++)
        loop_run(all.loop, one_turn, NULL);
}

static void make_contexts(void)
{
    all.signed_by_itself = self_signed();
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct certificate certificate = {
        .leaf = SSL_CTX_get0_certificate(all.signed_by_itself),
        .key = SSL_CTX_get0_privatekey(all.signed_by_itself),
        .chain = chain,
    };
    struct certificate *shown = &certificate;
    all.server = tlscontext_new(&(struct tlscontext_parts){&shown, 1, NULL, true});
    sk_X509_free(chain);
    all.client = SSL_CTX_new(TLS_client_method());
}

static int begin(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN); /* as main() does */
    limits_init(&all.limits);
    all.limits.http2_control_frames = 1000000;
    all.loop = loop_new();
    all.engine = engine_new(all.loop, 1000, 10000, on_request, NULL);
    make_contexts();
    all.address.is_tls = true;
    all.where = (struct sockaddr_un){.sun_family = AF_UNIX};
    (void)snprintf(all.where.sun_path + 1, sizeof(all.where.sun_path) - 1, "test_accept-%d",
                   (int)getpid()); /* of no file: it begins with a NUL */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&all.where, sizeof(all.where)), 0);
    all.doors = doors_new(&(struct doors_parts){
        .loop = all.loop,
        .engine = all.engine,
        .stats = &all.stats,
        .fds = &fd,
        .addresses = &all.address,
        .count = 1,
        .tls = all.server,
        .limits = &all.limits,
        .most_connections = 10,
        .wait_ms = 10000,
        .http2 = true,
    });
    doors_open(all.doors);
    return 0;
}

static int end(void **state)
{
    (void)state;
    doors_close(all.doors);
    doors_free(all.doors);
    engine_free(all.engine);
    loop_free(all.loop);
    SSL_CTX_free(all.signed_by_itself);
    SSL_CTX_free(all.server);
    SSL_CTX_free(all.client);
    return 0;
}

/* Returns: a client after its handshake, which has begun HTTP/2. */
static SSL *connect_client(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&all.where, sizeof(all.where)), 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    SSL *ssl = SSL_new(all.client);
    (void)SSL_set_alpn_protos(ssl, (const unsigned char *)"\x02h2", 3);
    (void)SSL_set_fd(ssl, fd);
    for (int turns = 0; SSL_connect(ssl) != 1; turns++) {
        assert_true(turns < 100);
        turn_some(1);
    }
    struct buf hello = {0};
    h2sent_preface(&hello);
    h2sent_frame(&hello, H2_SETTINGS, 0, 0, 0);
    assert_int_equal(SSL_write(ssl, hello.bytes, (int)hello.len), hello.len);
    buf_done(&hello);
    turn_some(5);
    return ssl;
}

static void leave(SSL *ssl)
{
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
    turn_some(5);
    assert_int_equal(doors_count(all.doors), 0);
}

/* Returns: bytes that have come, and that nobody reads. */
static int unread(const SSL *ssl)
{
    int bytes;
    assert_int_equal(ioctl(SSL_get_fd(ssl), FIONREAD, &bytes), 0);
    return bytes;
}

/* Each is answered by a write of its own; no answer is read.
 * Returns: whether the answer has found room. */
static bool ping(SSL *ssl)
{
    int before = unread(ssl);
    struct buf frame = {0};
    h2sent_frame(&frame, H2_PING, 0, 0, 8);
    assert_int_equal(SSL_write(ssl, frame.bytes, (int)frame.len), frame.len);
    buf_done(&frame);
    turn_some(3);
    return unread(ssl) > before;
}

/* Returns: how many answers find room. */
static int count_room(void)
{
    SSL *ssl = connect_client();
    int answers = 0;
    for (; ping(ssl); answers++)
        assert_true(answers < 10000);
    leave(ssl);
    return answers;
}

static void a_goodbye_that_finds_no_room_keeps_no_connection(void **state)
{
    (void)state;
    int room = count_room();
    SSL *ssl = connect_client();
    for (int i = 0; i < room; i++)
        assert_true(ping(ssl)); /* all is written, and nothing more can be */
    (void)shutdown(SSL_get_fd(ssl), SHUT_WR);
    turn_some(5);
    assert_int_equal(doors_count(all.doors), 0);
    assert_int_equal(stats_read(&all.stats, STAT_http2_connections), 0);
    leave(ssl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_goodbye_that_finds_no_room_keeps_no_connection),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
