/* SPDX-License-Identifier: Apache-2.0 */
#include "common/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/check.h"
#include "common/mem.h"

#define UNIX_PREFIX SPAN("unix:")

static const struct sockaddr_in *as_v4(const struct address *address)
{
    return (const struct sockaddr_in *)(const void *)&address->sa;
}

static const struct sockaddr_in6 *as_v6(const struct address *address)
{
    return (const struct sockaddr_in6 *)(const void *)&address->sa;
}

static const struct sockaddr_un *as_unix(const struct address *address)
{
    return (const struct sockaddr_un *)(const void *)&address->sa;
}

static void set(struct address *address, const void *sa, socklen_t len)
{
    memcpy(&address->sa, sa, len);
    address->len = len;
}

static void set_v4(struct address *address, in_addr_t host, in_port_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = host, .sin_port = port};
    set(address, &v4, sizeof(v4));
}

static void set_v6(struct address *address, const struct in6_addr *host, in_port_t port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = *host, .sin6_port = port};
    set(address, &v6, sizeof(v6));
}

/* "*": every address, of both families. */
static bool is_every(const struct address *address)
{
    return address->sa.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&as_v6(address)->sin6_addr);
}

/* Writes address->text from address->sa. */
static void write_text(struct address *address)
{
    char host[INET6_ADDRSTRLEN];

    if (address->sa.ss_family == AF_UNIX) {
        (void)snprintf(address->text, sizeof(address->text), "unix:%s", as_unix(address)->sun_path);
    } else if (address->sa.ss_family == AF_INET) {
        inet_ntop(AF_INET, &as_v4(address)->sin_addr, host, sizeof(host));
        (void)snprintf(address->text, sizeof(address->text), "%s:%u", host,
                       ntohs(as_v4(address)->sin_port));
    } else if (is_every(address)) {
        (void)snprintf(address->text, sizeof(address->text), "*:%u",
                       ntohs(as_v6(address)->sin6_port));
    } else {
        inet_ntop(AF_INET6, &as_v6(address)->sin6_addr, host, sizeof(host));
        (void)snprintf(address->text, sizeof(address->text), "[%s]:%u", host,
                       ntohs(as_v6(address)->sin6_port));
    }
}

static const char *read_unix(struct address *address, struct span path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    if (path.len == 0)
        return "a Unix socket needs a path behind \"unix:\"";
    if (path.len >= sizeof(un.sun_path) || memchr(path.at, '\0', path.len))
        return "the path of a Unix socket may have at most 107 bytes";
    memcpy(un.sun_path, path.at, path.len);
    set(address, &un, sizeof(un));
    return NULL;
}

static bool read_port(struct span text, in_port_t *port)
{
    unsigned value = 0;

    if (text.len == 0 || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.at[i] - '0');
    }
    *port = htons((uint16_t)value);
    return value <= UINT16_MAX;
}

static const char *read_host(struct address *address, struct span text, in_port_t port)
{
    char host[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;

    if (span_equal(text, SPAN("*"))) {
        set_v6(address, &in6addr_any, port);
        return NULL;
    }
    if (span_equal(text, SPAN("localhost"))) {
        set_v4(address, htonl(INADDR_LOOPBACK), port);
        return NULL;
    }
    if (text.len >= sizeof(host))
        text.len = 0; /* no literal is that long */
    memcpy(host, text.at, text.len);
    host[text.len] = '\0';
    if (inet_pton(AF_INET, host, &v4) == 1)
        set_v4(address, v4.s_addr, port);
    else if (inet_pton(AF_INET6, host, &v6) == 1)
        set_v6(address, &v6, port);
    else
        return "the address is neither an IPv4 nor an IPv6 literal (names are not looked up; "
               "\"*\" is every address)";
    return NULL;
}

/* Splits "host:port", "[v6]:port" or "port". */
static const char *split(struct span text, struct span *host, struct span *port)
{
    const char *colon = memrchr(text.at, ':', text.len);

    *port = text;
    if (!colon)
        return NULL;
    *host = span(text.at, (size_t)(colon - text.at));
    *port = span_skip(text, host->len + 1);
    if (host->len >= 2 && host->at[0] == '[' && host->at[host->len - 1] == ']') {
        *host = span(host->at + 1, host->len - 2);
        return memchr(host->at, ':', host->len) ? NULL : "brackets are for IPv6 addresses";
    }
    if (host->len == 0)
        return "there is no address before the colon (\"*\" is every address)";
    if (memchr(host->at, ':', host->len))
        return "an IPv6 address needs brackets and a port: [::1]:7999";
    return NULL;
}

const char *address_read(struct address *address, struct span text, const char *host)
{
    struct span host_text = span_of(host);
    struct span port_text;
    in_port_t port;

    *address = (struct address){.first_fd = -1};
    const char *why = NULL;
    if (text.len == 0) {
        why = "it is empty: write a port, or ADDR:PORT";
    } else if (span_starts(text, UNIX_PREFIX)) {
        why = read_unix(address, span_skip(text, UNIX_PREFIX.len));
    } else {
        why = split(text, &host_text, &port_text);
        if (!why && !read_port(port_text, &port))
            why = "the port is not a number from 0 to 65535";
        if (!why)
            why = read_host(address, host_text, port);
    }
    if (!why)
        write_text(address);
    return why;
}

bool address_is_loopback(const struct address *address)
{
    if (address->sa.ss_family == AF_INET)
        return (ntohl(as_v4(address)->sin_addr.s_addr) >> 24) == 127;
    if (address->sa.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&as_v6(address)->sin6_addr);
    return true;
}

static in_port_t port_of(const struct address *address)
{
    /* It stands at the same place for both families. */
    return as_v4(address)->sin_port;
}

static bool hosts_overlap(const struct address *one, const struct address *other)
{
    if (is_every(one) || is_every(other))
        return true;
    if (one->sa.ss_family != other->sa.ss_family)
        return false;
    if (one->sa.ss_family == AF_INET6)
        return IN6_ARE_ADDR_EQUAL(&as_v6(one)->sin6_addr, &as_v6(other)->sin6_addr);
    in_addr_t first = as_v4(one)->sin_addr.s_addr;
    in_addr_t second = as_v4(other)->sin_addr.s_addr;
    return first == second || first == INADDR_ANY || second == INADDR_ANY;
}

bool address_overlaps(const struct address *one, const struct address *other)
{
    bool one_is_unix = one->sa.ss_family == AF_UNIX;
    bool other_is_unix = other->sa.ss_family == AF_UNIX;

    if (one_is_unix || other_is_unix)
        return one_is_unix && other_is_unix &&
               strcmp(as_unix(one)->sun_path, as_unix(other)->sun_path) == 0;
    return port_of(one) != 0 && port_of(one) == port_of(other) && hosts_overlap(one, other);
}

/* Returns: NULL, or the sentence for a failed bind(), with what helps; caller frees. */
static char *bind_fault(const struct address *address, int error)
{
    const char *fix = "";

    if (error == EADDRINUSE)
        fix = ": another program, or another of these addresses, has it; choose another port "
              "or stop that program";
    else if (error == EACCES && address->sa.ss_family != AF_UNIX)
        fix = ": ports below 1024 need CAP_NET_BIND_SERVICE; choose a higher one";
    else if (error == EADDRNOTAVAIL)
        fix = ": this machine has no such address";
    else if (error == EEXIST)
        fix = ": what stands there is no socket; choose another path or remove it";
    else if (error == ENOENT)
        fix = ": the directory is missing; create it";
    return mem_printf("cannot listen on %s: %s%s", address->text, strerrordesc_np(error), fix);
}

static void set_option(int fd, int level, int name, int value)
{
    /* A kernel that lacks one of these still serves. */
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* Unlinks the socket file of a listener that is gone.
 * Returns: 0, or the errno that tells why it stays. */
static int clear_stale(const struct address *address)
{
    const char *path = as_unix(address)->sun_path;
    struct stat there;

    if (lstat(path, &there) != 0)
        return 0;
    if (!S_ISSOCK(there.st_mode))
        return EEXIST;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return errno;
    bool answers = connect(probe, (const struct sockaddr *)&address->sa, address->len) == 0;
    bool is_stale = !answers && errno == ECONNREFUSED;
    close(probe);
    if (!is_stale)
        return EADDRINUSE;
    return unlink(path) == 0 ? 0 : errno;
}

/* Returns: a bound socket, or -1 with errno set. */
static int bind_socket(struct address *address, bool share)
{
    int family = address->sa.ss_family;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;

    if (family != AF_UNIX) {
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (address->is_bound)
            set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !is_every(address));
    if (bind(fd, (const struct sockaddr *)&address->sa, address->len) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    /* From here on others of this process may join (and only they: see the essay). */
    if (family != AF_UNIX && share)
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    return fd;
}

static bool lacks_v6(const struct address *address, int error)
{
    return is_every(address) && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL);
}

/* Reads back the port that the system chose for port 0. */
static void note_port(struct address *address, int fd)
{
    address->len = sizeof(address->sa);
    CHECK(getsockname(fd, (struct sockaddr *)&address->sa, &address->len) == 0);
    write_text(address);
}

int address_bind(struct address *address, bool share, char **why)
{
    bool is_unix = address->sa.ss_family == AF_UNIX;
    int error = 0;
    int fd = -1;

    if (is_unix && address->is_bound)
        fd = fcntl(address->first_fd, F_DUPFD_CLOEXEC, 0);
    else if (is_unix && (error = clear_stale(address)) != 0)
        errno = error;
    else
        fd = bind_socket(address, share);
    if (fd < 0 && lacks_v6(address, errno)) {
        set_v4(address, htonl(INADDR_ANY), as_v6(address)->sin6_port);
        fd = bind_socket(address, share);
    }
    if (fd < 0) {
        *why = bind_fault(address, errno);
        return -1;
    }
    if (!is_unix)
        note_port(address, fd);
    if (share && !address->is_bound) {
        address->is_bound = true;
        address->first_fd = fd;
    }
    return fd;
}
