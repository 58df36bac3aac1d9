/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare: the loop that no broker can beat, send() after send().
 *
 *     bare stream|websocket CLIENTS EVENT
 *
 * Says `port P`, takes CLIENTS connections, answers each with the head of a
 * chunked event stream, or with the 101 of a WebSocket, and says `held`. Then,
 * on stdin:
 *
 *     send N    writes EVENT as N chunks, or N frames, with one send() to each
 *               connection and says `sent`
 *
 * and the end of stdin ends it. What such a round costs is the kernel's price
 * of a delivery: the measure that tests/bench/fanout.py puts beside ours.
 *
 * Thread: one, without a loop, a queue or a check of who is still there.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Events of one send: what a kernel takes at once without anybody reading. */
#define MOST_EVENTS 100

/* A frame whose head is two bytes. */
#define MOST_BYTES 125

/* A client that sends no request, or a driver that hangs. */
#define PATIENCE_S 30
#define LIFE_S 900

/* Whom it plays. */
struct kind {
    const char *name, *head;
    size_t (*frame)(char *out, size_t room, const char *event);
};

static size_t chunk(char *out, size_t room, const char *event)
{
    return (size_t)snprintf(out, room, "%zx\r\n%s\r\n", strlen(event), event);
}

static size_t text_frame(char *out, size_t room, const char *event)
{
    return (size_t)snprintf(out, room, "\x81%c%s", (char)strlen(event), event);
}

/* The accept is nobody's: the crowd does not look. */
static const struct kind kinds[] = {
    {"stream",
     "HTTP/1.1 200 OK\r\n"
     "Content-Type: text/event-stream\r\n"
     "Transfer-Encoding: chunked\r\n\r\n",
     chunk},
    {"websocket",
     "HTTP/1.1 101 Switching Protocols\r\n"
     "Upgrade: websocket\r\n"
     "Connection: Upgrade\r\n"
     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
     text_frame},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    errx(EXIT_FAILURE, "no such kind: %s", name);
}

static void say(const char *word)
{
    (void)puts(word);
    (void)fflush(stdout);
}

/* Returns: a listening socket on a port of the system's choice, which is said. */
static int listen_somewhere(void)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&where, len) != 0 ||
        listen(fd, SOMAXCONN) != 0 || getsockname(fd, (struct sockaddr *)&where, &len) != 0)
        err(EXIT_FAILURE, "listening");
    char line[32];
    (void)snprintf(line, sizeof(line), "port %u", ntohs(where.sin_port));
    say(line);
    return fd;
}

/* Reads the request away, so that nothing but the head distinguishes this from a broker. */
static int take_one(int listener, const char *head)
{
    char request[2048];
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = accept(listener, NULL, NULL);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
        recv(fd, request, sizeof(request), 0) <= 0 ||
        send(fd, head, strlen(head), 0) != (ssize_t)strlen(head))
        err(EXIT_FAILURE, "taking a connection");
    return fd;
}

static void send_round(const int *fds, size_t count, const char *bytes, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (send(fds[i], bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
            err(EXIT_FAILURE, "sending");
    say("sent");
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    if (argc != 4 || strlen(argv[3]) > MOST_BYTES)
        errx(EXIT_FAILURE, "usage: bare stream|websocket CLIENTS EVENT (%d bytes at most)",
             MOST_BYTES);
    (void)alarm(LIFE_S);
    raise_descriptor_limit();
    const struct kind *kind = find_kind(argv[1]);
    size_t count = strtoul(argv[2], NULL, 10);
    int *fds = calloc(count, sizeof(int));
    size_t room = strlen(argv[3]) + 32;
    char *events = calloc(MOST_EVENTS, room);
    if (!fds || !events)
        err(EXIT_FAILURE, "cannot begin");
    size_t event_len = kind->frame(events, room, argv[3]);
    for (size_t i = 1; i < MOST_EVENTS; i++)
        memcpy(events + i * event_len, events, event_len);

    int listener = listen_somewhere();
    for (size_t i = 0; i < count; i++)
        fds[i] = take_one(listener, kind->head);
    say("held");

    char line[64];
    size_t each;
    while (fgets(line, sizeof(line), stdin)) {
        each = strncmp(line, "send ", 5) == 0 ? strtoul(line + 5, NULL, 10) : 0;
        if (each == 0 || each > MOST_EVENTS)
            errx(EXIT_FAILURE, "not understood: %s", line);
        send_round(fds, count, events, each * event_len);
    }
    free(fds);
    free(events);
    return EXIT_SUCCESS;
}
