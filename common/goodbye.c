/* SPDX-License-Identifier: Apache-2.0 */
#include "common/goodbye.h"

#include "common/tlssocket.h"

static _Thread_local goodbye_fn *listener;

void goodbye_listen(goodbye_fn *on_goodbye)
{
    listener = on_goodbye;
}

void goodbye_note(const SSL *ssl, bool is_ours)
{
    h2o_socket_t *socket = tlssocket_of(ssl);
    if (socket && socket->on_close.cb && listener) /* else nobody owns it any more */
        listener(socket, is_ours);
}

void goodbye_obey(h2o_socket_t *socket)
{
    if (!socket->ssl)
        return;
    SSL *ssl = tlssocket_ssl(socket);
    int said = SSL_get_shutdown(ssl);
    if (said & SSL_SENT_SHUTDOWN)
        h2o_socket_close(socket); /* asked again, it waits no longer */
    else if (!(said & SSL_RECEIVED_SHUTDOWN))
        return; /* a warning */
    else if (h2o_socket_is_reading(socket))
        socket->_cb.read(socket, h2o_socket_error_closed);
    else
        SSL_set_shutdown(ssl, 0); /* what comes nevertheless is read as if nothing had been said */
}
