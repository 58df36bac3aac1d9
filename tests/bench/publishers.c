/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publishers: makes requests as fast as they are answered.
 *
 *     publishers PORT CONNECTIONS FILE
 *
 * FILE holds the requests, each behind a line with its length. They go to
 * 127.0.0.1:PORT over CONNECTIONS kept-alive connections, each of which sends the
 * next request when its last one was answered; a server that closes them is
 * connected to again. On stdin:
 *
 *     send    makes every request once and says `sent` when all were answered
 *
 * and the end of stdin ends it, as does an answer other than 2xx, with status 1.
 *
 * Thread: one.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64

/* A whole answer; those of publish endpoints are a line. */
#define ANSWER_ROOM 4096

/* However it goes, nobody is left behind. */
#define LIFE_S 900

struct request {
    const char *bytes;
    size_t len;
};

struct publisher {
    int fd;                      /* -1: not connected */
    const struct request *asked; /* NULL: nothing */
    char answer[ANSWER_ROOM + 1];
    size_t answer_len;
};

struct publishers {
    struct sockaddr_in server;
    int epoll_fd;
    struct request *requests;
    size_t count, next, answered;
};

static void say(const char *word)
{
    (void)puts(word);
    (void)fflush(stdout);
}

/* ---- the requests ---- */

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        err(EXIT_FAILURE, "%s", path);
    long size = ftell(file);
    char *bytes = size > 0 ? malloc((size_t)size) : NULL;
    rewind(file);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
        err(EXIT_FAILURE, "%s", path);
    (void)fclose(file);
    *len = (size_t)size;
    return bytes;
}

static void add_request(struct publishers *all, const char *bytes, size_t len)
{
    all->requests = reallocarray(all->requests, all->count + 1, sizeof(struct request));
    if (!all->requests)
        err(EXIT_FAILURE, "cannot begin");
    all->requests[all->count++] = (struct request){bytes, len};
}

static void read_requests(struct publishers *all, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    for (const char *at = bytes; at < end;) {
        char *rest;
        size_t size = strtoul(at, &rest, 10);
        if (*rest != '\n' || size > (size_t)(end - rest - 1))
            errx(EXIT_FAILURE, "no file of requests");
        add_request(all, rest + 1, size);
        at = rest + 1 + size;
    }
}

/* ---- a connection ---- */

static void connect_publisher(struct publishers *all, struct publisher *publisher)
{
    int yes = 1;
    publisher->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (publisher->fd < 0 ||
        setsockopt(publisher->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0 ||
        connect(publisher->fd, (const struct sockaddr *)&all->server, sizeof(all->server)) != 0)
        err(EXIT_FAILURE, "connecting");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = publisher};
    if (epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, publisher->fd, &event) != 0)
        err(EXIT_FAILURE, "epoll_ctl");
}

static void disconnect(struct publisher *publisher)
{
    (void)close(publisher->fd);
    publisher->fd = -1;
}

/* Where the connection is gone, reading will tell. */
static void ask(struct publishers *all, struct publisher *publisher)
{
    if (publisher->fd < 0)
        connect_publisher(all, publisher);
    const struct request *request = publisher->asked;
    ssize_t some = 0;
    for (size_t sent = 0; sent < request->len && some >= 0; sent += (size_t)some)
        some = send(publisher->fd, request->bytes + sent, request->len - sent, MSG_NOSIGNAL);
}

static void send_next(struct publishers *all, struct publisher *publisher)
{
    if (all->next == all->count)
        return;
    publisher->asked = &all->requests[all->next++];
    ask(all, publisher);
}

/* Returns: the value of a header in a head that ends with NUL, or NULL. */
static const char *header(const char *head, const char *name)
{
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0)
            return line + 2 + strlen(name);
    return NULL;
}

/* Whether the answer is there whole; `*closes` says whether its connection ends with it. */
static bool is_whole(struct publisher *publisher, bool *closes)
{
    char *end = strstr(publisher->answer, "\r\n\r\n");
    if (!end)
        return false;
    end[2] = '\0';
    const char *length = header(publisher->answer, "content-length: ");
    const char *connection = header(publisher->answer, "connection: ");
    *closes = connection && strncasecmp(connection, "close", 5) == 0;
    if (strncmp(publisher->answer, "HTTP/1.1 2", 10) != 0 || !length)
        errx(EXIT_FAILURE, "answered: %s", publisher->answer);
    size_t body = strtoul(length, NULL, 10);
    end[2] = '\r';
    return publisher->answer_len >= (size_t)(end + 4 - publisher->answer) + body;
}

static void read_answer(struct publishers *all, struct publisher *publisher)
{
    ssize_t got = recv(publisher->fd, publisher->answer + publisher->answer_len,
                       ANSWER_ROOM - publisher->answer_len, MSG_DONTWAIT);
    if (got <= 0 && publisher->answer_len == 0) { /* it had been idle for too long */
        disconnect(publisher);
        if (publisher->asked)
            ask(all, publisher);
        return;
    }
    if (got <= 0)
        errx(EXIT_FAILURE, "no answer");
    publisher->answer_len += (size_t)got;
    publisher->answer[publisher->answer_len] = '\0';
    bool closes;
    if (!is_whole(publisher, &closes))
        return;
    publisher->answer_len = 0;
    publisher->asked = NULL;
    all->answered++;
    if (closes)
        disconnect(publisher);
    send_next(all, publisher);
}

static void send_all(struct publishers *all, struct publisher *publishers, size_t count)
{
    struct epoll_event ready[EVENTS];
    all->next = all->answered = 0;
    for (size_t i = 0; i < count; i++)
        send_next(all, &publishers[i]);
    while (all->answered < all->count) {
        int events = epoll_wait(all->epoll_fd, ready, EVENTS, -1);
        for (int i = 0; i < events; i++)
            read_answer(all, ready[i].data.ptr);
    }
    say("sent");
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(EXIT_FAILURE, "usage: publishers PORT CONNECTIONS FILE");
    (void)alarm(LIFE_S);
    size_t len, count = strtoul(argv[2], NULL, 10);
    char *bytes = read_file(argv[3], &len);
    struct publishers all = {.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    struct publisher *publishers = calloc(count, sizeof(*publishers));
    if (all.epoll_fd < 0 || !publishers)
        err(EXIT_FAILURE, "cannot begin");
    read_requests(&all, bytes, len);
    all.server = (struct sockaddr_in){.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t i = 0; i < count; i++)
        publishers[i].fd = -1;
    char line[64];
    while (fgets(line, sizeof(line), stdin))
        send_all(&all, publishers, count);
    free(publishers);
    free(all.requests);
    free(bytes);
    return EXIT_SUCCESS;
}
