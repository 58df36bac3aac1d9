/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of a connection, as text: "192.0.2.1:4711", "[2001:db8::1]:4711", "unix".
 *
 * Thread: any.
 */
#ifndef COMMON_PEER_H
#define COMMON_PEER_H

#include <sys/socket.h>

#include <h2o.h>

#define PEER_TEXT 64

/* Writes address and port to `out`. */
void peer_text(char out[PEER_TEXT], const struct sockaddr *sa, socklen_t len);

/* The same of a connection of h2o's; "-" where it is not known any more. */
void peer_of(char out[PEER_TEXT], h2o_socket_t *socket);

/* Writes the address alone, as X-Forwarded-For has it; an IPv4 client of an IPv6 socket as
 * IPv4; "" where there is none. */
void peer_host(char out[PEER_TEXT], const struct sockaddr *sa, socklen_t len);

#endif
