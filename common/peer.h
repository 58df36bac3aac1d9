/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of a connection, as text: "192.0.2.1:4711", "[2001:db8::1]:4711", "unix".
 *
 * Thread: any.
 */
#ifndef COMMON_PEER_H
#define COMMON_PEER_H

#include <sys/socket.h>

#define PEER_TEXT 64

/* Writes address and port to `out`. */
void peer_text(char out[PEER_TEXT], const struct sockaddr *sa, socklen_t len);

/* Writes the address alone, as X-Forwarded-For has it; an IPv4 client of an IPv6 socket as
 * IPv4; "" where there is none. */
void peer_host(char out[PEER_TEXT], const struct sockaddr *sa, socklen_t len);

#endif
