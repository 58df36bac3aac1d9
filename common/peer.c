/* SPDX-License-Identifier: Apache-2.0 */
#include "common/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

void peer_host(char out[PEER_TEXT], const struct sockaddr *sa, socklen_t len)
{
    out[0] = '\0';
    if (len && sa->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, sa, sizeof(v4));
        (void)inet_ntop(AF_INET, &v4.sin_addr, out, PEER_TEXT);
    } else if (len && sa->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, sa, sizeof(v6));
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
            (void)inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], out, PEER_TEXT);
        else
            (void)inet_ntop(AF_INET6, &v6.sin6_addr, out, PEER_TEXT);
    }
}

void peer_text(char out[PEER_TEXT], const struct sockaddr *sa, socklen_t len)
{
    char host[PEER_TEXT];
    peer_host(host, sa, len);
    if (!host[0]) {
        (void)snprintf(out, PEER_TEXT, "unix");
        return;
    }
    struct sockaddr_in port; /* stands at the same place for both families */
    memcpy(&port, sa, sizeof(port));
    (void)snprintf(out, PEER_TEXT, strchr(host, ':') ? "[%.50s]:%u" : "%.50s:%u", host,
                   ntohs(port.sin_port));
}

void peer_of(char out[PEER_TEXT], h2o_socket_t *socket)
{
    struct sockaddr_storage sa;
    socklen_t len = h2o_socket_getpeername(socket, (struct sockaddr *)&sa);
    if (len)
        peer_text(out, (struct sockaddr *)&sa, len);
    else
        (void)snprintf(out, PEER_TEXT, "-");
}
