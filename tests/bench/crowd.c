/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowd: a great many clients of one stream, that cost almost nothing.
 *
 *     crowd [tls:]PORT PATH STREAMS MARK [HEADERS]
 *
 * Opens STREAMS connections to 127.0.0.1:PORT, over TLS if told so (no
 * certificate is checked), asks each for PATH, in which a # stands for its number, and says
 * `held` when the head of every answer has come. HEADERS are lines of the
 * request, each with its line ending, as of the handshake of a WebSocket: to
 * one who only listens its frames are as good a stream as any. MARK is a byte that stands
 * in every message once and nowhere else, so messages are counted by it,
 * however they are cut or framed, and keep-alives are not. Then, on stdin:
 *
 *     expect N    says `met` when every stream has got N messages more
 *     settle      says `settled` when nothing has come for a while; what came does not count
 *
 * and the end of stdin ends the crowd, as does a lost stream, with status 1.
 *
 * Thread: one. It reads with one recv() per wake and counts with memchr(), so
 *         that next to the server it is no load.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

/* Heads awaited at once: fewer than any server's accept queue. */
#define OPENING 64

/* Streams of one source address: fewer than it has ports. */
#define PER_SOURCE 10000

#define EVENTS 512

/* A silence after which nothing more is on its way. */
#define SILENCE_MS 500

/* However it goes, nobody is left behind. */
#define LIFE_S 900

struct stream {
    int fd;
    SSL *ssl;           /* NULL for plain text */
    unsigned head_ends; /* bytes of head_end seen in a row; all of them: held */
    uint64_t marks;
};

struct crowd {
    struct sockaddr_in server;
    const char *path, *headers;
    char mark;
    int epoll_fd;
    SSL_CTX *tls; /* NULL for plain text */
    struct stream *streams;
    size_t size, opened, held;
    uint64_t target; /* marks that every stream is to have, */
    size_t behind;   /* and how many streams have not */
    bool is_settling, is_over;
};

static const char head_end[] = "\r\n\r\n";
#define HEAD_END (sizeof(head_end) - 1)

static void say(const char *word)
{
    (void)puts(word);
    (void)fflush(stdout);
}

static void watch(struct crowd *crowd, int fd, uint32_t events, struct stream *stream)
{
    struct epoll_event event = {.events = events, .data.ptr = stream};
    if (epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        err(EXIT_FAILURE, "epoll_ctl");
}

/* A port is bound by connect(), for only source and server together must be unique. */
static int connect_from(const struct sockaddr_in *server, uint32_t source)
{
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) != 0 ||
        bind(fd, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
        connect(fd, (const struct sockaddr *)server, sizeof(*server)) != 0)
        err(EXIT_FAILURE, "opening a stream");
    return fd;
}

static void say_hello(struct crowd *crowd, struct stream *stream)
{
    stream->ssl = SSL_new(crowd->tls);
    if (!stream->ssl || SSL_set_fd(stream->ssl, stream->fd) != 1 || SSL_connect(stream->ssl) != 1)
        errx(EXIT_FAILURE, "no TLS");
}

static ssize_t send_bytes(const struct stream *stream, const char *bytes, size_t len)
{
    if (stream->ssl)
        return SSL_write(stream->ssl, bytes, (int)len);
    return send(stream->fd, bytes, len, 0);
}

/* Returns: as recv(), -1 where nothing waits. */
static ssize_t receive_bytes(const struct stream *stream, char *bytes, size_t room)
{
    if (!stream->ssl)
        return recv(stream->fd, bytes, room, MSG_DONTWAIT);
    int got = SSL_read(stream->ssl, bytes, (int)room);
    if (got > 0)
        return got;
    return SSL_get_error(stream->ssl, got) == SSL_ERROR_WANT_READ ? -1 : 0;
}

static void ask(const struct crowd *crowd, const struct stream *stream)
{
    char request[512], number[24] = "";
    size_t before = strcspn(crowd->path, "#");
    const char *after = crowd->path + before;
    if (*after == '#') {
        (void)snprintf(number, sizeof(number), "%zu", crowd->opened);
        after++;
    }
    int len = snprintf(request, sizeof(request), "GET %.*s%s%s HTTP/1.1\r\nHost: crowd\r\n%s\r\n",
                       (int)before, crowd->path, number, after, crowd->headers);
    if (len >= (int)sizeof(request) || send_bytes(stream, request, (size_t)len) != len)
        err(EXIT_FAILURE, "sending a request");
}

static void open_stream(struct crowd *crowd)
{
    struct stream *stream = &crowd->streams[crowd->opened];
    uint32_t source = INADDR_LOOPBACK + 1 + (uint32_t)(crowd->opened / PER_SOURCE);
    stream->fd = connect_from(&crowd->server, source);
    if (crowd->tls)
        say_hello(crowd, stream);
    if (fcntl(stream->fd, F_SETFL, O_NONBLOCK) != 0)
        err(EXIT_FAILURE, "fcntl");
    watch(crowd, stream->fd, EPOLLIN | EPOLLRDHUP | EPOLLET, stream);
    ask(crowd, stream);
    crowd->opened++;
}

/* Returns: where the body begins in `bytes`, or `len` where the head goes on. */
static size_t read_head(struct crowd *crowd, struct stream *stream, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != head_end[stream->head_ends])
            stream->head_ends = bytes[i] == head_end[0];
        else if (++stream->head_ends == HEAD_END) {
            crowd->held++;
            return i + 1;
        }
    }
    return len;
}

static uint64_t count_marks(char mark, const char *bytes, size_t len)
{
    uint64_t count = 0;
    const char *end = bytes + len;
    for (const char *at = bytes; (at = memchr(at, mark, (size_t)(end - at))); at++)
        count++;
    return count;
}

static void take(struct crowd *crowd, struct stream *stream, const char *bytes, size_t len)
{
    size_t body = 0;
    if (stream->head_ends < HEAD_END)
        body = read_head(crowd, stream, bytes, len);
    bool was_behind = stream->marks < crowd->target;
    stream->marks += count_marks(crowd->mark, bytes + body, len - body);
    if (was_behind && stream->marks >= crowd->target && --crowd->behind == 0)
        say("met");
}

/* Edge-triggered: what comes after a short read wakes us again. TLS reads record by record. */
static void read_stream(struct crowd *crowd, struct stream *stream)
{
    static char bytes[65536];
    ssize_t got;
    do {
        got = receive_bytes(stream, bytes, sizeof(bytes));
        if (got == 0 || (got < 0 && !stream->ssl && errno != EAGAIN))
            errx(EXIT_FAILURE, "a stream ended (%zu of %zu held)", crowd->held, crowd->size);
        if (got > 0)
            take(crowd, stream, bytes, (size_t)got);
    } while (got == sizeof(bytes) || (got > 0 && stream->ssl));
}

static void expect(struct crowd *crowd, uint64_t more)
{
    crowd->target += more;
    crowd->behind = 0;
    for (size_t i = 0; i < crowd->size; i++)
        crowd->behind += crowd->streams[i].marks < crowd->target;
    if (crowd->behind == 0)
        say("met");
}

static void settle(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->size; i++)
        crowd->streams[i].marks = crowd->target;
    crowd->is_settling = false;
    say("settled");
}

/* The driver says one thing at a time, so a line is one read. */
static void obey(struct crowd *crowd)
{
    char line[64];
    uint64_t more;
    ssize_t got = read(STDIN_FILENO, line, sizeof(line) - 1);
    crowd->is_over = got <= 0;
    if (crowd->is_over)
        return;
    line[got] = '\0';
    crowd->is_settling = strcmp(line, "settle\n") == 0;
    if (crowd->is_settling)
        return;
    more = strncmp(line, "expect ", 7) == 0 ? strtoull(line + 7, NULL, 10) : 0;
    if (more == 0)
        errx(EXIT_FAILURE, "not understood: %s", line);
    expect(crowd, more);
}

static void turn(struct crowd *crowd)
{
    struct epoll_event ready[EVENTS];
    int count = epoll_wait(crowd->epoll_fd, ready, EVENTS, crowd->is_settling ? SILENCE_MS : -1);
    if (count == 0)
        settle(crowd);
    for (int i = 0; i < count; i++) {
        if (ready[i].data.ptr)
            read_stream(crowd, ready[i].data.ptr);
        else
            obey(crowd);
    }
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static SSL_CTX *small_tls(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls)
        errx(EXIT_FAILURE, "no TLS");
    (void)SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    return tls;
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 6)
        errx(EXIT_FAILURE, "usage: crowd [tls:]PORT PATH STREAMS MARK [HEADERS]");
    (void)alarm(LIFE_S);
    raise_descriptor_limit();
    struct crowd crowd = {.size = strtoul(argv[3], NULL, 10), .mark = argv[4][0]};
    const char *port = argv[1];
    if (strncmp(port, "tls:", 4) == 0) {
        crowd.tls = small_tls();
        port += 4;
    }
    crowd.server = (struct sockaddr_in){.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    crowd.path = argv[2];
    crowd.headers = argc == 6 ? argv[5] : "";
    crowd.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    crowd.streams = calloc(crowd.size, sizeof(struct stream));
    if (crowd.epoll_fd < 0 || !crowd.streams)
        errx(EXIT_FAILURE, "cannot begin");

    while (crowd.held < crowd.size) {
        while (crowd.opened < crowd.size && crowd.opened - crowd.held < OPENING)
            open_stream(&crowd);
        turn(&crowd);
    }
    say("held");
    watch(&crowd, STDIN_FILENO, EPOLLIN, NULL);
    while (!crowd.is_over)
        turn(&crowd);
    free(crowd.streams);
    return EXIT_SUCCESS;
}
