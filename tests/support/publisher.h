/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A publisher on TCP, for tests of the router: literal requests out, whole
 * answers in.
 */
#ifndef TESTS_SUPPORT_PUBLISHER_H
#define TESTS_SUPPORT_PUBLISHER_H

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/bus.h"

/* Long enough to see that something does not happen. */
#define QUIET_MS 100

static inline int connect_publisher(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {BUS_PATIENCE_MS / 1000, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static inline void send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static inline void send_post(int fd, const char *headers, const char *body)
{
    char request[2048];
    (void)snprintf(request, sizeof(request),
                   "POST /publish/ HTTP/1.1\r\nHost: broker\r\n%sContent-Length: %zu\r\n\r\n%s",
                   headers, strlen(body), body);
    send_text(fd, request);
}

/* Returns: one answer, head and body, until the next call. */
static inline const char *read_answer(int fd)
{
    static char answer[16384];
    size_t len = 0;
    for (;;) {
        assert_true(len + 1 < sizeof(answer));
        ssize_t got = recv(fd, answer + len, 1, 0);
        assert_int_equal(got, 1);
        answer[++len] = '\0';
        char *end = strstr(answer, "\r\n\r\n");
        char *length = strstr(answer, "Content-Length: ");
        if (end && length && len == (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10))
            return answer;
    }
}

static inline const char *ask(uint16_t port, const char *request)
{
    int fd = connect_publisher(port);
    send_text(fd, request);
    const char *answer = read_answer(fd);
    close(fd);
    return answer;
}

static inline const char *post(uint16_t port, const char *headers, const char *body)
{
    int fd = connect_publisher(port);
    send_post(fd, headers, body);
    const char *answer = read_answer(fd);
    close(fd);
    return answer;
}

static inline void assert_answer(const char *answer, const char *status, const char *body)
{
    assert_memory_equal(answer, "HTTP/1.1 ", 9);
    assert_memory_equal(answer + 9, status, strlen(status));
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, body);
}

static inline bool is_quiet(int fd)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    return poll(&watched, 1, QUIET_MS) == 0;
}

#endif
