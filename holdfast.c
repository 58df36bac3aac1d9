/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holdfast: composes the threads and waits for a signal.
 *
 *     read config ─► bind every port ─► router ─► frontends ─► open all ─► wait ◄─┐
 *                                                                           │ └──┘ certificates that
 *                                                                           │ SIGTERM  changed, SIGHUP
 *     exit ◄─ router stops ◄─ frontends end their holds ◄─ router closes ◄──┘
 *
 * Nothing listens before everyone is ready: a bound socket refuses until the
 * last thread has subscribed, so no client can meet half a broker.
 *
 * Thread: main. It owns signals, start and stop, and the files of certificates.
 */
#include <curl/curl.h>
#include <czmq.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/credentials.h"
#include "common/key.h"
#include "common/keyring.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/options.h"
#include "common/renewal.h"
#include "common/stats.h"
#include "common/traffic.h"
#include "frontend/frontend.h"
#include "publisher/command.h"
#include "router/router.h"
#include "router/zsockets.h"

/* Descriptors that clients never get: origins, publishers, the bus, the log. */
#define RESERVED_FDS 1024

struct broker {
    struct config *config;
    struct keyring *keyring;
    struct credentials *credentials;
    struct renewal renewal; /* takes them */
    struct target control;  /* where the demo publishes */
    int *control_fds;
    struct zsockets *zsockets;
    int **client_fds;    /* for each frontend, one for each address */
    struct stats *stats; /* for each frontend, then the router's and main's */
    const struct stats **all_stats;
    size_t stats_count;
    struct traffic **traffic; /* for each frontend, one for each number of a route */
    struct router *router;
    struct frontend **frontends;
};

static NO_RETURN void fail(char *why)
{
    (void)fprintf(stderr, "holdfast: %s\n", why);
    free(why);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): no thread runs yet */
}

/* Returns: how many descriptors clients may have altogether. */
static size_t raise_descriptor_limit(void)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    size_t reserved = limit.rlim_cur / 4 < RESERVED_FDS ? limit.rlim_cur / 4 : RESERVED_FDS;
    return limit.rlim_cur - reserved;
}

static void read_keys(struct broker *broker, bool may_make)
{
    char *why = NULL;
    broker->keyring = keyring_read(broker->config, may_make, &why);
    if (!broker->keyring)
        fail(why);
    if (why)
        log_warn("%s", why);
    free(why);
}

static void read_credentials(struct broker *broker)
{
    char *why = NULL;
    broker->credentials = credentials_read(broker->config, clock_epoch_s(), &why);
    if (!broker->credentials)
        fail(why);
}

static int bind_or_fail(struct address *address, bool share)
{
    char *why = NULL;
    int fd = address_bind(address, share, &why);
    if (fd < 0)
        fail(why);
    return fd;
}

static void bind_ports(struct broker *broker)
{
    struct config *config = broker->config;
    broker->control_fds = mem_new(config->control_count * sizeof(int));
    for (size_t i = 0; i < config->control_count; i++)
        broker->control_fds[i] = bind_or_fail(&config->control[i], false);
    broker->client_fds = mem_new(config->workers * sizeof(int *));
    for (unsigned w = 0; w < config->workers; w++) {
        broker->client_fds[w] = mem_new(config->listen_count * sizeof(int));
        for (size_t i = 0; i < config->listen_count; i++)
            broker->client_fds[w][i] = bind_or_fail(&config->listen[i], true);
    }
}

/* After the others: what a peer sends to a bound ZeroMQ socket is taken for delivered. */
static void open_zsockets(struct broker *broker)
{
    char *why = NULL;
    broker->zsockets = zsockets_open(broker->config, &why);
    if (!broker->zsockets)
        fail(why);
}

/* The demo publishes like anybody else: through the control listener, where it has plain TCP. */
static const struct target *find_control(struct broker *broker)
{
    for (size_t i = 0; i < broker->config->control_count; i++) {
        const struct address *address = &broker->config->control[i];
        struct sockaddr_in6 in; /* the port stands at the same place for both families */
        memcpy(&in, &address->sa, sizeof(in));
        bool is_tcp = in.sin6_family == AF_INET || in.sin6_family == AF_INET6;
        if (!is_tcp || address->is_tls)
            continue;
        bool is_v6 = in.sin6_family == AF_INET6 && !IN6_IS_ADDR_UNSPECIFIED(&in.sin6_addr);
        broker->control = (struct target){.kind = TARGET_ORIGIN,
                                          .host = is_v6 ? "::1" : "127.0.0.1",
                                          .port = ntohs(in.sin6_port)};
        return &broker->control;
    }
    return NULL;
}

static void make_stats(struct broker *broker)
{
    broker->stats_count = broker->config->workers + 2;
    broker->stats = mem_new(broker->stats_count * sizeof(struct stats));
    broker->all_stats = mem_new(broker->stats_count * sizeof(struct stats *));
    for (size_t i = 0; i < broker->stats_count; i++)
        broker->all_stats[i] = &broker->stats[i];
}

static void make_traffic(struct broker *broker)
{
    size_t routes = routes_identified(broker->config->routes) + 1;
    broker->traffic = mem_new(broker->config->workers * sizeof(struct traffic *));
    for (unsigned i = 0; i < broker->config->workers; i++)
        broker->traffic[i] = mem_new(routes * sizeof(struct traffic));
}

static void start_router(struct broker *broker)
{
    const struct config *config = broker->config;
    broker->router = router_start(&(struct router_parts){
        .config = config,
        .control_fds = broker->control_fds,
        .control_fd_count = config->control_count,
        .zsockets = broker->zsockets,
        .frontends = config->workers,
        .stats = &broker->stats[config->workers],
        .all_stats = broker->all_stats,
        .stats_count = broker->stats_count,
        .traffic = broker->traffic,
        .contexts = contexts_share(&broker->renewal.contexts),
    });
}

static void start_frontends(struct broker *broker, size_t most_connections)
{
    const struct config *config = broker->config;
    uint64_t limit = config->limits.connections;
    size_t most = limit && limit < most_connections ? limit : most_connections;
    const struct target *control = find_control(broker);
    broker->frontends = mem_new(config->workers * sizeof(struct frontend *));
    for (unsigned i = 0; i < config->workers; i++)
        broker->frontends[i] = frontend_start(&(struct frontend_parts){
            .config = config,
            .keyring = broker->keyring,
            .control = control,
            .stats = &broker->stats[i],
            .all_stats = broker->all_stats,
            .stats_count = broker->stats_count,
            .traffic = broker->traffic[i],
            .number = i,
            .fds = broker->client_fds[i],
            .contexts = contexts_share(&broker->renewal.contexts),
            .most_connections = most / config->workers ? most / config->workers : 1,
        });
}

static void log_listening(const struct address *address, const char *whom)
{
    log_info("listening address=%s for=%s%s", address->text, whom,
             address->is_tls ? " over=TLS" : "");
}

static void open_all(struct broker *broker)
{
    const struct config *config = broker->config;
    for (unsigned i = 0; i < config->workers; i++)
        frontend_open(broker->frontends[i]);
    router_open(broker->router);
    for (size_t i = 0; i < config->listen_count; i++)
        log_listening(&config->listen[i], "clients");
    for (size_t i = 0; i < config->control_count; i++)
        log_listening(&config->control[i], "publishers");
    log_info("ready workers=%u version=" HOLDFAST_VERSION, config->workers);
}

static void stop_all(struct broker *broker)
{
    const struct config *config = broker->config;
    router_close(broker->router);
    for (unsigned i = 0; i < config->workers; i++)
        frontend_end(broker->frontends[i]);
    for (unsigned i = 0; i < config->workers; i++)
        frontend_stop(broker->frontends[i]);
    router_stop(broker->router);
    log_info("stopped");
}

static void free_all(struct broker *broker)
{
    for (unsigned i = 0; i < broker->config->workers; i++)
        free(broker->client_fds[i]);
    for (unsigned i = 0; i < broker->config->workers; i++)
        free(broker->traffic[i]);
    free(broker->traffic);
    free(broker->client_fds);
    free(broker->control_fds);
    free(broker->frontends);
    free(broker->all_stats);
    free(broker->stats);
    renewal_done(&broker->renewal);
    keyring_free(broker->keyring);
    config_free(broker->config);
}

/* Whoever is connected stays so. */
static void on_renewed(void *context, const struct contexts *contexts)
{
    struct broker *broker = context;
    for (unsigned i = 0; i < broker->config->workers; i++)
        frontend_renew(broker->frontends[i], contexts);
    router_renew(broker->router, contexts);
}

/* Returns: the signal that ends us. */
static int serve_until_the_end(struct broker *broker, const sigset_t *signals)
{
    uint64_t look_ms = broker->config->limits.certificate_look_ms;
    struct timespec wait = {(time_t)(look_ms / 1000), (long)(look_ms % 1000) * 1000000};
    for (;;) {
        int number = sigtimedwait(signals, NULL, &wait);
        if (number == SIGTERM || number == SIGINT)
            return number;
        renewal_look(&broker->renewal, number == SIGHUP, clock_epoch_s());
        if (number == SIGHUP)
            log_info("reload done signal=SIGHUP");
    }
}

/* The signals that mean something are for main alone: every thread inherits this mask. */
static sigset_t block_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    zsys_handler_set(NULL); /* czmq would take them for itself */
    return signals;
}

static int serve(struct broker *broker)
{
    sigset_t signals = block_signals();
    (void)curl_global_init(CURL_GLOBAL_ALL);
    size_t most_connections = raise_descriptor_limit();
    log_set_level(broker->config->log_level);
    read_keys(broker, true);
    read_credentials(broker);
    bind_ports(broker);
    make_stats(broker);
    make_traffic(broker);
    renewal_init(&broker->renewal, broker->credentials, &broker->stats[broker->stats_count - 1],
                 clock_epoch_s());
    broker->renewal.on_renewed = on_renewed;
    broker->renewal.context = broker;
    open_zsockets(broker);
    start_router(broker);
    start_frontends(broker, most_connections);
    open_all(broker);

    int number = serve_until_the_end(broker, &signals);
    log_info("stopping signal=%s", number == SIGTERM ? "SIGTERM" : "SIGINT");
    /* Whoever asks again does not want to wait. */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)sigdelset(&signals, SIGHUP); /* there is nothing left to reload */
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    stop_all(broker);
    free_all(broker);
    curl_global_cleanup();
    return EXIT_SUCCESS;
}

static void check_credentials(struct broker *broker)
{
    struct buf sentences = {0};
    read_credentials(broker);
    credentials_warn(broker->credentials, clock_epoch_s(), &sentences);
    (void)fprintf(stderr, "%.*s", LOG_SPAN(buf_span(&sentences)));
    buf_done(&sentences);
    credentials_free(broker->credentials);
}

static int print_keys(struct broker *broker)
{
    read_keys(broker, true);
    bool has_public = key_print_public(keyring_main(broker->keyring), stdout);
    if (!has_public)
        (void)puts("Grip-Sig is signed with a shared secret (HS256): there is no public key.");
    keyring_free(broker->keyring);
    config_free(broker->config);
    return EXIT_SUCCESS;
}

/* A number that whoever started us has closed would be the next socket's, and what is written for
 * people would go to a client. */
static void open_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

int main(int argc, char **argv)
{
    struct broker broker = {0};
    enum verb verb;
    char *why = NULL;
    open_standard_streams();
    if (argc > 1 && strcmp(argv[1], "publish") == 0)
        return command_publish(argc - 1, argv + 1);
    broker.config = config_read(argc, argv, &verb, &why);
    if (!broker.config)
        fail(why);
    switch (verb) {
    case VERB_SERVE:
        return serve(&broker);
    case VERB_PUBLISH:
        fail(mem_printf("publish has options of its own: it comes first, holdfast publish ..."));
    case VERB_KEYS:
        return print_keys(&broker);
    case VERB_CHECK:
        read_keys(&broker, false);
        check_credentials(&broker);
        keyring_free(broker.keyring);
        (void)puts("The configuration is good.");
        break;
    case VERB_VERSION:
        (void)puts("holdfast " HOLDFAST_VERSION);
        break;
    case VERB_PRINT_CONFIG:
        config_print(broker.config, stdout);
        break;
    case VERB_DOCUMENT:
        options_document(stdout);
        break;
    }
    config_free(broker.config);
    return EXIT_SUCCESS;
}
