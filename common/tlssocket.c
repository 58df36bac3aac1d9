/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tlssocket.h"

#include <string.h>
#include <sys/socket.h>

#include "common/check.h"

/* As struct st_h2o_socket_ssl_t begins. */
struct layout {
    SSL_CTX *context;
    SSL *ssl;
    int *did_write_in_read;
    size_t record_overhead;
    struct {
        h2o_socket_cb callback;
        union {
            struct {
                int state;
                SSL_SESSION *session;
            } server;
            struct {
                char *server_name;
                h2o_cache_t *cache;
                h2o_iovec_t key;
                h2o_cache_hashcode_t hash;
            } client;
        };
    } handshake;
    h2o_buffer_t *encrypted;
    H2O_VECTOR(h2o_iovec_t) output;
};

static struct layout layout_of(const h2o_socket_t *socket)
{
    struct layout layout;
    memcpy(&layout, socket->ssl, sizeof(layout));
    /* The BIO in front of it knows the socket. */
    CHECK(BIO_get_data(SSL_get_rbio(layout.ssl)) == socket);
    return layout;
}

SSL *tlssocket_ssl(const h2o_socket_t *socket)
{
    return layout_of(socket).ssl;
}

h2o_socket_t *tlssocket_of(const SSL *ssl)
{
    BIO *bio = SSL_get_rbio(ssl);
    return BIO_method_type(bio) == BIO_TYPE_FD ? BIO_get_data(bio)
                                               : NULL; /* h2o's calls itself so */
}

bool tlssocket_is_amid_record(const h2o_socket_t *socket)
{
    if (!socket->ssl)
        return false;
    const struct layout layout = layout_of(socket);
    return layout.encrypted->size > 0 || SSL_has_pending(layout.ssl);
}

void tlssocket_flush(const h2o_socket_t *socket)
{
    struct layout layout = layout_of(socket);
    int fd = h2o_socket_get_fd(unconst(socket));
    for (size_t i = 0; i < layout.output.size; i++) {
        h2o_iovec_t piece = layout.output.entries[i];
        if (send(fd, piece.base, piece.len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)piece.len)
            return;
    }
}

const X509 *tlssocket_peer(const h2o_socket_t *socket)
{
    return socket->ssl ? SSL_get0_peer_certificate(tlssocket_ssl(socket)) : NULL;
}
