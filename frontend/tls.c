/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/tls.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/check.h"
#include "common/mem.h"
#include "common/tlssocket.h"

/* Reads of the socket in one tls_receive(): a record takes two, its head and the rest. OpenSSL looks
 * on by itself behind records that carry nothing for us (new keys, refused renegotiations), and a
 * client may send these without end. */
#define READS 16

struct tls {
    SSL *ssl;                        /* h2o's, below */
    struct st_h2o_socket_ssl_t *h2o; /* owned: h2o's own struct */
    unsigned reads;                  /* left in this tls_receive() */
};

/* OpenSSL's BIO callback, before and after each operation. */
// NOLINTBEGIN(readability-function-size, readability-non-const-parameter): the signature is OpenSSL's
static long on_bio(BIO *bio, int operation, const char *bytes, size_t len, int number, long more,
                   int result, size_t *done)
// NOLINTEND(readability-function-size, readability-non-const-parameter)
{
    (void)bytes, (void)len, (void)number, (void)more, (void)done;
    struct tls *tls = (void *)BIO_get_callback_arg(bio);
    if (operation != BIO_CB_READ)
        return result;
    if (tls->reads == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    tls->reads--;
    return result;
}

struct tls *tls_leave(h2o_socket_t *socket, int fd)
{
    struct tls *tls = mem_new(sizeof(*tls));
    tls->ssl = tlssocket_ssl(socket);
    tls->h2o = socket->ssl;
    socket->ssl = NULL;
    BIO *bio = BIO_new_socket(fd, BIO_NOCLOSE);
    CHECK(bio);
    BIO_set_callback_ex(bio, on_bio);
    BIO_set_callback_arg(bio, (char *)tls);
    SSL_set_bio(tls->ssl, bio, bio);
    return tls;
}

h2o_socket_t *tls_return(struct tls *tls, int fd, h2o_loop_t *loop)
{
    h2o_socket_export_t given = {.fd = fd, .ssl = tls->h2o};
    h2o_buffer_init(&given.input, &h2o_socket_buffer_prototype);
    free(tls);
    return h2o_socket_import(loop, &given);
}

void tls_conclude(struct tls *tls)
{
    ERR_clear_error();
    (void)SSL_shutdown(tls->ssl);
}

void tls_free(struct tls *tls, int fd)
{
    h2o_socket_export_t given = {.fd = fd, .ssl = tls->h2o};
    h2o_buffer_init(&given.input, &h2o_socket_buffer_prototype);
    h2o_socket_dispose_export(&given);
    free(tls);
}

/* The front of `pieces` in one place.
 * Returns: how many bytes. */
static size_t flatten(char *out, size_t room, const struct iovec *pieces, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count && len < room; i++) {
        size_t part = pieces[i].iov_len < room - len ? pieces[i].iov_len : room - len;
        memcpy(out + len, pieces[i].iov_base, part);
        len += part;
    }
    return len;
}

/* Returns: what a call of OpenSSL means that did not succeed, as recv() and send() would say it. */
static ssize_t failure(const SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        errno = ECONNRESET;
        return -1;
    }
}

ssize_t tls_send(struct tls *tls, const struct iovec *pieces, size_t count)
{
    static _Thread_local char record[TLS_RECORD_BYTES];
    const char *from = pieces[0].iov_base;
    size_t len = pieces[0].iov_len < sizeof(record) ? pieces[0].iov_len : sizeof(record);
    if (count > 1 && len < sizeof(record)) {
        len = flatten(record, sizeof(record), pieces, count);
        from = record;
    }
    ERR_clear_error();
    int sent = SSL_write(tls->ssl, from, (int)len);
    if (sent > 0)
        return sent;
    return failure(tls->ssl, sent) < 0 && errno == EAGAIN ? 0 : -1;
}

ssize_t tls_receive(struct tls *tls, char *bytes, size_t room)
{
    CHECK(room >= TLS_RECORD_BYTES);
    tls->reads = READS;
    ERR_clear_error();
    int got = SSL_read(tls->ssl, bytes, room < INT_MAX ? (int)room : INT_MAX);
    return got > 0 ? got : failure(tls->ssl, got);
}
